import { z } from 'zod';
import { table } from '../../command/table';
import type { Terminal } from '../terminal';
import { askEdge, type EdgeOptions } from './admin-plane';
import { readAs } from './read-as';

const channel = z.object({ address: z.string(), expect: z.string(), state: z.string(), inFlight: z.number() });
const httpPool = z.object({
  origin: z.string(),
  expect: z.string().optional(),
  connections: z.number(),
  running: z.number(),
  queued: z.number(),
});
const poolsSchema = z.object({ grpc: z.array(channel), http: z.array(httpPool), tunnels: z.number() });

/** Shows the connections to upstreams. @throws Failure */
export async function showPools(options: EdgeOptions, terminal: Terminal): Promise<void> {
  const answer = await askEdge(options, '/pools');
  if (options.json) return terminal.out(JSON.stringify(answer, null, 2));
  const { grpc, http, tunnels } = readAs(poolsSchema, answer, options);
  const rows = [...byEndpoint(grpc), ...http.map(httpRow)];
  terminal.out(table(['UPSTREAM', 'PROTOCOL', 'CONNECTIONS', 'IN FLIGHT', 'QUEUED', 'IDENTITY'], rows));
  terminal.out(`${tunnels} tunnels`);
}

/** Of a gRPC endpoint each channel is one connection. */
function byEndpoint(channels: readonly z.output<typeof channel>[]): string[][] {
  const groups = Map.groupBy(channels, ({ address, expect }) => `${address} ${expect}`);
  return [...groups.values()].map((group) => {
    const { address, expect } = group[0]!;
    const inFlight = group.reduce((sum, each) => sum + each.inFlight, 0);
    const ready = group.filter(({ state }) => state === 'ready').length;
    return [address, 'grpc', `${ready} of ${group.length} ready`, String(inFlight), '-', expect];
  });
}

const httpRow = ({ origin, expect, connections, running, queued }: z.output<typeof httpPool>): string[] => [
  origin,
  'http',
  String(connections),
  String(running),
  String(queued),
  expect ?? '-',
];
