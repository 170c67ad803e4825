import { GatewayError } from '@gateway/errors';
import type { z } from 'zod';

/** What somebody told an admin page. @throws GatewayError GW_BAD_REQUEST naming the key */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new GatewayError('GW_BAD_REQUEST', { detail: `${issue!.path.join('.')}: ${issue!.message}` });
}
