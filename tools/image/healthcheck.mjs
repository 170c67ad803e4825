// The HEALTHCHECK of every image: asks the app's own /livez. Exit 0 when it is alive.
import { readFileSync } from 'node:fs';

/** The variable of each app's admin port, and its default; a test compares them with the apps' configuration. */
const ADMIN_PORTS = {
  'edge-router': ['EDGE_ADMIN_PORT', 9901],
  'registry-daemon': ['REGISTRY_ADMIN_PORT', 9902],
  'auth-proxy': ['AUTHPROXY_ADMIN_PORT', 9903],
  'ws-node': ['WSNODE_ADMIN_PORT', 9904],
  'mock-services': ['MOCK_ADMIN_PORT', 9906],
};
const TIMEOUT_MS = 2_000;

const { name } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const [variable, port] = ADMIN_PORTS[name];
const url = `http://127.0.0.1:${process.env[variable] || port}/livez`;
const { ok } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
process.exit(ok ? 0 : 1);
