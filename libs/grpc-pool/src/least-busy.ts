import type { ConnectionState, PooledConnection } from './upkeep';

/** A connection that is that full gets a sibling before calls have to queue for a stream. */
const NEARLY_FULL = 0.8;

/** From how many calls on a connection should have a sibling. @param streams calls that it carries at a time */
export const nearlyFull = (streams: number): number => Math.max(1, Math.floor(streams * NEARLY_FULL));

/** The connection in that state with the fewest calls in flight; of equals the first, so that the others may idle. */
export function leastBusy<C extends PooledConnection>(connections: readonly C[], state: ConnectionState): C | null {
  let least: C | null = null;
  for (const connection of connections) {
    if (connection.state === state && (least === null || connection.inFlight < least.inFlight)) least = connection;
  }
  return least;
}
