import { z } from 'zod';

const text = z.string().min(1);
const anySchema = z.record(z.string(), z.json());
const examples = z.record(z.string(), z.strictObject({ summary: text.optional(), value: z.json() }));

const media = z.strictObject({
  schema: anySchema.optional(),
  example: z.json().optional(),
  examples: examples.optional(),
});
const content = z.record(z.string().regex(/^[^\s/]+\/[^\s/]+$/, 'is not a media type'), media);

const header = z.strictObject({
  description: text.optional(),
  required: z.boolean().optional(),
  schema: anySchema,
  example: z.json().optional(),
});

const parameter = z.strictObject({
  name: text,
  in: z.enum(['path', 'query', 'header', 'cookie']),
  description: text.optional(),
  required: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  schema: anySchema,
  example: z.json().optional(),
  examples: examples.optional(),
});

const response = z.strictObject({
  description: text,
  headers: z.record(z.string(), header).optional(),
  content: content.optional(),
});

/**
 * The parts of an Operation Object (OpenAPI 3.1 §4.8.10) that only the service knows. What the gateway knows itself (paths,
 * security, failures, limits) it says itself.
 */
export const openapi = z.strictObject({
  summary: text.max(120).optional(),
  description: text.optional(),
  tags: z.array(text).min(1, 'names no tag').optional(),
  operationId: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/, 'is not an operation id')
    .optional(),
  externalDocs: z.strictObject({ url: z.url(), description: text.optional() }).optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ description: text.optional(), required: z.boolean().optional(), content }).optional(),
  responses: z.record(z.string().regex(/^(?:[1-5]\d\d|[1-5]XX|default)$/, 'is not a status'), response).optional(),
  /** For `$ref: '#/components/schemas/<name>'`. Names of a contract's messages have dots. */
  schemas: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'is not a name of a schema'), anySchema).optional(),
});

export type FileOpenApi = z.output<typeof openapi>;
