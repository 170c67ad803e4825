import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@gateway/config';
import { eventually } from '@gateway/testing';
import { connectClient } from './client.fixture';
import { wsNodeConfig } from './config';
import { TestPlatform } from './platform.fixture';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(() => platform.stop());

test('a node without Redis, registry, auth-proxy and identity serves its own sockets, and says what it lacks', async () => {
  const node = await platform.startNode({ GATEWAY_IDENTITY_DIR: '', GATEWAY_REDIS_URL: '' });
  expect(node.url).toMatch(/^http:/);
  const { standalone } = (await node.admin('/info')) as { standalone: string[] };
  for (const lacking of ['GATEWAY_REDIS_URL', 'GATEWAY_REGISTRY', 'GATEWAY_AUTH', 'GATEWAY_IDENTITY_DIR'])
    expect(standalone.filter((line) => line.includes(lacking))).toHaveLength(1);
  const token = await platform.token('ada', { scopes: ['kiln:read', 'kiln:write'] });
  const client = await connectClient(node.url, { auth: { token } });
  await client.ask('join', { room: 'kiln:k1' });
  await client.ask('publish', { room: 'kiln:k1', event: 'tick' });
  await eventually(() => expect(client.of('tick')).toHaveLength(1));
  client.close();
});

test.each([
  ['no way to check a token', {}, 'GATEWAY_AUTH'],
  ['an auth-proxy without an identity to call it with', { GATEWAY_AUTH: 'localhost:7500' }, 'GATEWAY_IDENTITY_DIR'],
  ['an unknown key', { GATEWAY_ISSUERS: '[]', WSNODE_PROT: '1' }, 'WSNODE_PROT'],
])('%s is a configuration problem', (_, env, key) => {
  const load = () => loadConfig(wsNodeConfig, env);
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(expect.objectContaining({ problems: [expect.stringContaining(key)] }));
});
