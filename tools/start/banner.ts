import { relative } from 'node:path';
import type { DevFolder } from './dev-folder';
import type { Planned } from './plan';
import { table } from '../command/table';

/** Where everything is, and what to try. */
export function banner(dev: DevFolder, started: readonly Planned[], detached: boolean): string {
  const rows = started.flatMap(({ spec, ports }) =>
    Object.entries(spec.listens).map(([variable, url], at) => {
      const address = `${url.slice(0, url.lastIndexOf(':'))}:${ports[variable]}`;
      return [at === 0 ? spec.name : '', kindOf(variable), address];
    }),
  );
  const parts = [table(['process', '', 'address'], rows)];
  const edge = started.find(({ name }) => name === 'edge-router');
  if (edge) parts.push(commandsToTry(dev, edge.ports['EDGE_HTTPS_PORT']!));
  parts.push(
    `logs: ${relative('.', dev.logs)}/<process>.log   identities: ${relative('.', dev.below('identity'))}/<name>\n` +
      (detached ? 'npm run status shows what runs, npm run stop ends it' : 'Ctrl-C stops all of it'),
  );
  return `\n${parts.join('\n\n')}\n`;
}

/** `EDGE_ADMIN_PORT` is the admin listener, `MOCK_AUTH_PORT` auth, `WSNODE_PORT` the process's main one. */
const kindOf = (variable: string): string => variable.split('_').slice(1, -1).join(' ').toLowerCase();

function commandsToTry(dev: DevFolder, port: number): string {
  const curl = `curl -s --cacert ${relative('.', dev.caFile)}`;
  const base = `https://localhost:${port}`;
  const client = [
    `const s = require("socket.io-client")("${base}", { transports: ["websocket"], auth: { token: process.env.TOKEN } })`,
    's.onAny(console.log)',
    's.on("connect", () => s.emit("join", { room: "project:p1" }, console.log))',
  ].join('; ');
  return [
    'try:',
    `  export TOKEN=$(${curl} ${base}/api/v1/auth/login -H 'content-type: application/json' \\`,
    `    -d '{"email":"ada@example.com","password":"analytical-engine-1843"}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `  ${curl} -i ${base}/api/v1/projects/p1 -H "authorization: Bearer $TOKEN"`,
    `  NODE_EXTRA_CA_CERTS=${relative('.', dev.caFile)} node_modules/.bin/node -e '${client}'`,
    '  npx gatewayctl services --watch',
  ].join('\n');
}
