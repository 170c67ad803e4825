import { parseDuration } from '@gateway/config';
import { GrpcStatus } from '@gateway/errors';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { problemOfStatus } from '../problem-of-status';
import { MAX_LATENCY_MS } from './distribution';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MAX_RULES = 1_000;

const name = z.string().regex(NAME, 'is not a name');

/** Milliseconds. */
const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms <= MAX_LATENCY_MS) return ms;
  context.addIssue(`"${text}" is not a duration of at most 60 s, such as 250ms`);
  return z.NEVER;
});

const pattern = z.string().transform((text, context) => {
  try {
    return RE2JS.compile(text);
  } catch {
    context.addIssue('is not a pattern of RE2');
    return z.NEVER;
  }
});

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const operators = z.strictObject({
  equals: z.json().optional(),
  in: z.array(z.json()).optional(),
  matches: pattern.optional(),
  gt: z.number().optional(),
  gte: z.number().optional(),
  lt: z.number().optional(),
  lte: z.number().optional(),
  present: z.boolean().optional(),
});
/** A bare value is what a field must equal. */
const condition = z.union([scalar.transform((equals) => ({ equals })), operators]);

const calls = z
  .strictObject({
    from: z.int().min(1).default(1),
    to: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
    every: z.int().min(1).default(1),
  })
  .refine(({ from, to }) => from <= to, 'from is above to');

const latency = z.union([
  duration.transform((ms) => ({ kind: 'fixed' as const, ms })),
  z
    .strictObject({ uniform: z.tuple([duration, duration]) })
    .refine(({ uniform: [min, max] }) => min <= max, 'the first is above the second')
    .transform(({ uniform: [min, max] }) => ({ kind: 'uniform' as const, min, max })),
  z
    .strictObject({ normal: z.strictObject({ mean: duration, deviation: duration }) })
    .transform(({ normal }) => ({ kind: 'normal' as const, ...normal })),
  z
    .strictObject({ lognormal: z.strictObject({ median: duration, sigma: z.number().min(0).max(5) }) })
    .transform(({ lognormal }) => ({ kind: 'lognormal' as const, ...lognormal })),
]);

const GRPC_NAMES = Object.keys(GrpcStatus).filter((each) => each !== 'OK') as [
  Exclude<keyof typeof GrpcStatus, 'OK'>,
  ...Exclude<keyof typeof GrpcStatus, 'OK'>[],
];

const status = z.int().transform((value, context) => {
  const code = problemOfStatus(value);
  if (code !== undefined) return code;
  context.addIssue(`no problem has the status ${value}`);
  return z.NEVER;
});

const fault = z.union([
  z
    .strictObject({ grpc: z.enum(GRPC_NAMES), message: z.string().default('') })
    .transform(({ grpc, message }) => ({ kind: 'grpc' as const, status: GrpcStatus[grpc], message })),
  z
    .strictObject({ http: status, message: z.string().default('') })
    .transform(({ http, message }) => ({ kind: 'http' as const, code: http, message })),
  z.strictObject({ reset: z.literal(true) }).transform(() => ({ kind: 'reset' as const })),
  z.strictObject({ cut: z.int().min(0) }).transform(({ cut }) => ({ kind: 'cut' as const, bytes: cut })),
  z
    .strictObject({ slow: z.strictObject({ bytes: z.int().min(1), every: duration }) })
    .transform(({ slow: { bytes, every } }) => ({ kind: 'slow' as const, bytes, everyMs: every })),
]);

const json = z.record(z.string(), z.json());

const rule = z.strictObject({
  in: z.union([name.transform((each) => [each]), z.array(name).min(1)]).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z_][\w.]*\/(?:[A-Za-z_]\w*|\*)$/, 'is not a method such as shop.v1.ShopService/Buy')
    .optional(),
  when: z
    .strictObject({
      request: z.record(z.string().regex(/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/, 'is not a field'), condition).default({}),
      headers: z.record(z.string(), condition).default({}),
      calls: calls.optional(),
    })
    .default({ request: {}, headers: {} }),
  answer: z.union([json.transform((each) => [each]), z.array(json).max(1_000)]).default([]),
  exact: z.boolean().default(false),
  latency: latency.optional(),
  fault: fault.optional(),
  then: name.optional(),
});

/** A scenario file, as people write it. */
export const scenarioSchema = z.strictObject({
  name: name.optional(),
  seed: z.union([z.string(), z.number()]).default(''),
  initial: name.optional(),
  rules: z.array(rule).min(1).max(MAX_RULES),
});

/** What is read of it. */
export type ScenarioFile = z.output<typeof scenarioSchema>;
