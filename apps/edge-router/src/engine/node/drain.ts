import type { Clock } from '@gateway/clock';
import type { DrainOptions } from '../engine';
import { closeServer, type BoundServer } from './node-listener';

/** How often a drain looks for connections that have nothing left to do. */
const CHECK_MS = 50;
/** A connection without a request for that long won't get one in the moment that we close it. */
const QUIET_MS = 500;

/**
 * Ends listeners without failing a request. First every answer says that the connection ends (`connection: close`,
 * GOAWAY), while all is served as before; then the listening sockets close, and with them what has been quiet; then we
 * wait for what is in flight.
 */
export async function drainServers(
  servers: readonly BoundServer[],
  options: DrainOptions,
  clock: Clock,
): Promise<void> {
  const begin = clock.monotonic();
  const elapsed = (): number => clock.monotonic() - begin;
  for (const { traffic } of servers) traffic.draining = true;
  await clock.sleep(options.acceptMs);
  const closed = Promise.all(servers.map(stopAccepting));
  const quietMs = Math.min(QUIET_MS, options.acceptMs);
  while (servers.some(({ sockets }) => sockets.size > 0) && elapsed() < options.withinMs) {
    for (const server of servers) closeQuiet(server, quietMs);
    if (elapsed() >= options.tunnelsMs) for (const server of servers) closeTunnels(server);
    await clock.sleep(CHECK_MS);
  }
  await Promise.all([closed, ...servers.map(closeServer)]);
}

function stopAccepting({ server }: BoundServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function closeQuiet({ http1, sessions }: BoundServer, quietMs: number): void {
  for (const session of sessions) session.finishIfQuiet(quietMs);
  for (const connection of http1.connections) if (connection.quietFor(quietMs)) connection.linger();
}

function closeTunnels({ http1 }: BoundServer): void {
  for (const { socket, tunnelled } of http1.connections) if (tunnelled) socket.end();
}
