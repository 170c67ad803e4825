import { z } from 'zod';
import type { Terminal } from '../terminal';
import { askEdge, type EdgeOptions } from './admin-plane';
import { readAs } from './read-as';
import { branch, type Json } from './tree';

/** The options of `explain`. */
export interface ExplainOptions extends EdgeOptions {
  /** `name: value`, each. */
  readonly header: readonly string[];
  readonly scheme?: string;
  readonly from?: string;
}

const json: z.ZodType<Json> = z.json();
const texts = z.record(z.string(), z.string());
const near = z.object({ template: z.string(), methods: z.array(z.string()), why: z.string() });
const explanationSchema = z.object({
  request: z.object({
    method: z.string(),
    target: z.string(),
    negotiatedVersion: z.string().nullable(),
    host: z.string(),
    secure: z.boolean(),
    clientAddress: z.string(),
    headers: texts,
  }),
  refusal: z
    .object({ status: z.number(), code: z.string(), detail: z.string(), headers: texts, nearest: z.array(near) })
    .nullable(),
  route: z.object({
    id: z.string(),
    template: z.string(),
    declaredBy: z.string(),
    contract: z.string().optional(),
    captures: texts,
  }),
  cors: z.object({ origin: z.string(), allowed: z.boolean(), why: z.string() }).nullable(),
  stages: z.array(z.object({ name: z.string(), settings: z.record(z.string(), json).nullable() })),
  endpoints: z.array(
    z.object({
      id: z.string(),
      address: z.string(),
      picked: z.boolean(),
      against: z.array(z.string()),
      inFlight: z.number(),
    }),
  ),
  snapshot: z.object({ revision: z.number(), since: z.string() }),
});

type Explanation = z.output<typeof explanationSchema>;

/** Shows what would become of a request. @throws Failure */
export async function explainRequest(
  method: string,
  path: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<void> {
  const question = new URLSearchParams({ method, path });
  for (const header of options.header) question.append('header', header);
  if (options.scheme !== undefined) question.set('scheme', options.scheme);
  if (options.from !== undefined) question.set('from', options.from);
  const answer = await askEdge(options, `/explain?${question}`);
  if (options.json) return terminal.out(JSON.stringify(answer, null, 2));
  terminal.out(treeOf(readAs(explanationSchema, answer, options)).join('\n'));
}

function treeOf(explanation: Explanation): string[] {
  const { request, snapshot } = explanation;
  const { method, target, negotiatedVersion, host, secure, clientAddress, headers } = request;
  const version = negotiatedVersion === null ? {} : { version: negotiatedVersion };
  return [
    `${method} ${target}`,
    ...branch('request', { ...version, host, scheme: secure ? 'https' : 'http', client: clientAddress, headers }),
    ...verdictOf(explanation),
    ...(explanation.cors === null ? [] : branch('cors', explanation.cors)),
    'stages',
    ...explanation.stages.flatMap(({ name, settings }) => branch(name, settings ?? 'not used')),
    ...endpointsOf(explanation),
    ...branch('snapshot', snapshot),
  ];
}

function verdictOf({ refusal, route }: Explanation): string[] {
  if (refusal === null) return branch('route', { ...route });
  const { status, code, detail, headers, nearest } = refusal;
  const tried = nearest.map(({ template, methods, why }) => `${methods.join(',') || 'any'} ${template}: ${why}`);
  return branch('refused', { status, code, detail, headers, nearest: tried });
}

function endpointsOf({ endpoints }: Explanation): string[] {
  if (endpoints.length === 0) return [];
  const lines = endpoints.map(({ id, address, picked, against, inFlight }) => {
    const where = id === address || id.endsWith(address) ? id : `${id} (${address})`;
    const why = against.length > 0 ? `: ${against.join('; ')}` : '';
    return `  ${picked ? '->' : '  '} ${where}, ${inFlight} in flight${why}`;
  });
  return ['endpoints', ...lines];
}
