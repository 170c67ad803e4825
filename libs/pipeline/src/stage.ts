import type { EdgeResponse } from './message';

/** Answers one request. */
export type Handler<Context> = (context: Context) => EdgeResponse | Promise<EdgeResponse>;

/** Wraps the rest of the pipeline. */
export type Stage<Context> = (next: Handler<Context>) => Handler<Context>;

/**
 * Builds the handler of a list of stages, the first one outermost. An absent stage (`null`) costs nothing.
 * @param stages outermost first
 * @param last what answers when every stage has called on
 */
export function compose<Context>(stages: readonly (Stage<Context> | null)[], last: Handler<Context>): Handler<Context> {
  return stages.reduceRight<Handler<Context>>((next, stage) => (stage === null ? next : stage(next)), last);
}
