import { isUtf8 } from 'node:buffer';
import { GatewayError } from '@gateway/errors';
import type { JsonSchema } from '@gateway/json-schema';
import { DEFAULT_LIMITS, type JsonTextLimits, scanJson } from '@gateway/transcoding';

/** What a body that goes on as it came may hold: far above what an honest client sends. */
const LIMITS: JsonTextLimits = {
  nesting: 64,
  members: DEFAULT_LIMITS.members,
  strict: { items: 100_000, name: 256, number: 64 },
};

/**
 * Checks the bytes of a body that a schema describes.
 *
 * Beyond the schema: names that stand twice in an object, numbers that no double holds, and names of JavaScript's prototypes
 * are refused, because whoever reads the bytes next may read them otherwise than they were checked here.
 * @throws GatewayError GW_BAD_BODY when it isn't JSON, GW_INVALID_FIELD with `errors[]`
 */
export function checkBody({ check }: JsonSchema, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new GatewayError('GW_BAD_BODY', { detail: 'The body is not UTF-8' });
  const text = bytes.toString();
  const json = parse(text);
  const problem = scanJson(text, LIMITS);
  const errors = problem === null ? check(json) : [problem];
  if (errors !== null) throw new GatewayError('GW_INVALID_FIELD', { errors });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('GW_BAD_BODY', { detail: 'The body is not JSON', cause });
  }
}
