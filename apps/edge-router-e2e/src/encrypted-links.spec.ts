import { expect, test } from '@jest/globals';
import { eventually, startPlatform } from '@gateway/testing';
import { canCapture, capture, isTlsHandshake } from './capture';
import { ADA, edgeClient } from './edge-client';
import { connectRoomClient } from './socket-client';

// Without tcpdump and root nothing can be captured: then this shows up as skipped, by name, in the summary.
const whereItCanCapture = canCapture() ? test : test.skip;

const portOf = (address: string): number => Number(address.split(':').at(-1));

whereItCanCapture('during the walk every link between apps, and to Redis, carries only TLS', async () => {
  const platform = await startPlatform({ wsNodes: 2 });
  const ports = [
    platform.redis.port,
    portOf(platform.registry.grpcAddress),
    portOf(platform.authProxy.grpcAddress),
    ...platform.wsNodes.flatMap((node) => [portOf(node.grpcAddress), portOf(node.url)]),
    ...Object.values(platform.mocks.addresses).map(portOf),
  ];
  const running = await capture(ports);
  // New processes make new connections: what they say first is what is looked at.
  for (const each of [platform.edges[0]!, platform.authProxy, ...platform.wsNodes]) {
    await each.stop();
    await each.restart();
  }
  const edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  const token = await eventually(() => edge.login(...ADA));
  const client = await eventually(() => connectRoomClient(platform.edges[0]!.url, platform.caFile, token));
  await client.ask('join', { room: 'project:p1' });
  for (const method of ['GET', 'PATCH', 'GET'] as const)
    await edge.call(method, '/api/v1/projects/p1', { token, json: method === 'PATCH' ? { name: 'seen' } : undefined });
  await eventually(() => expect(client.received('project_updated')).toHaveLength(1));
  client.close();
  await edge.close();
  const flows = await running.stop();
  await platform.stop();

  const plain = flows.filter((flow) => !isTlsHandshake(flow));
  expect(plain).toEqual([]);
  const seen = new Set(flows.map((flow) => flow.port));
  for (const port of [
    platform.redis.port,
    portOf(platform.registry.grpcAddress),
    portOf(platform.authProxy.grpcAddress),
  ])
    expect(seen).toContain(port);
  expect(seen).toContain(portOf(platform.mocks.addresses.project));
});
