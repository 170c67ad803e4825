import type { z } from 'zod';
import { EXIT, Failure } from '../failure';
import type { EdgeOptions } from './admin-plane';

/** An answer of an edge as what it should be. @throws Failure when the edge is of another version */
export function readAs<T extends z.ZodType>(schema: T, answer: unknown, { edge }: EdgeOptions): z.output<T> {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Failure(
    EXIT.data,
    `the edge at ${edge} answers with something unknown (${issue!.path.join('.')}: ${issue!.message}); see --json`,
  );
}
