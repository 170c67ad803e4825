import { connect } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { freePort, runToEnd } from '@gateway/testing';

const APPS = {
  'edge-router': 'EDGE_',
  'registry-daemon': 'REGISTRY_',
  'auth-proxy': 'AUTHPROXY_',
  'ws-node': 'WSNODE_',
  'mock-services': 'MOCK_',
} as const;

/** Tries to connect without a pause. @returns a function that stops and tells whether it ever could */
function knockOn(port: number): () => Promise<boolean> {
  let knocking = true;
  let entered = false;
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        entered = true;
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  const all = (async () => {
    while (knocking) {
      await once();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return async () => {
    knocking = false;
    await all;
    return entered;
  };
}

test.each(Object.entries(APPS))(
  '%s: a wrong value and an unknown key are exit 64, a line each, before any port opens',
  async (app, prefix) => {
    const port = await freePort();
    const stopKnocking = knockOn(port);
    const env = { [`${prefix}ADMIN_PORT`]: String(port), [`${prefix}NO_SUCH_KEY`]: '1', GATEWAY_LOG_LEVEL: 'loud' };
    const { code, stderr } = await runToEnd(app, env);
    expect(await stopKnocking()).toBe(false);
    expect(code).toBe(64);
    const lines = stderr.trim().split('\n');
    expect(lines.filter((line) => line.includes(`${prefix}NO_SUCH_KEY`))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('GATEWAY_LOG_LEVEL'))).toHaveLength(1);
  },
);

test('a route file with an unknown key is exit 64 and names the key', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'gateway-routes-')), 'routes.yaml');
  writeFileSync(
    file,
    `routes:
  - id: a
    match: { path: "/a" }
    upstream: { urls: ["http://127.0.0.1:1"], protocol: http1 }
    policy: { auth: { mode: NONE }, rateLimit: [] }
`,
  );
  const env = {
    EDGE_ROUTES_FILE: file,
    EDGE_HTTP_PORT: String(await freePort()),
    EDGE_HTTPS_PORT: '',
    EDGE_HTTP_MODE: 'serve',
  };
  const { code, stderr } = await runToEnd('edge-router', { ...env, EDGE_ADMIN_PORT: String(await freePort()) });
  expect(code).toBe(64);
  expect(stderr).toContain('rateLimit');
});

test('a busy port is one line that names it', async () => {
  const port = await freePort();
  const { createServer } = await import('node:net');
  const taken = createServer().listen(port, '127.0.0.1');
  const { code, stderr, stdout } = await runToEnd('edge-router', {
    EDGE_ADMIN_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_HTTP_MODE: 'serve',
    EDGE_HTTP_PORT: String(await freePort()),
  });
  taken.close();
  expect(code).toBe(1);
  expect(`${stderr}${stdout}`).toContain(String(port));
});
