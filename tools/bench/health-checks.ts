// node tools/run.mjs tools/bench/health-checks.ts [--instances 1000] [--seconds 15]: what active health checks cost a
// registry-daemon, by kind: the CPU that the built daemon uses while it checks so many instances every three seconds.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Server } from '@grpc/grpc-js';
import { systemClock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { RegistryClient } from '@gateway/discovery';
import { type Identity, loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { createAuthority, freePort } from '@gateway/testing';
import { HealthImplementation } from 'grpc-health-check';
import { startPinned } from './process';

const { HealthCheck_Kind: Kind, Protocol } = registryV1;

const { values } = parseArgs({
  options: { instances: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '15' } },
});
const [instances, seconds] = [Number(values.instances), Number(values.seconds)];
/** Connections are made, and code is compiled. */
const WARM_UP_MS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'health-bench-'));
const authority = await createAuthority(folder);
const service = loadIdentity(await authority.issue('bench-service'), { pollMs: 0 });
const registryDir = await authority.issue('registry-daemon');

const KINDS: readonly { name: string; kind: registryV1.HealthCheck_Kind; target: string; port: number }[] = [
  { name: 'none', kind: Kind.NONE, target: '', port: 1 },
  { name: 'tcp', kind: Kind.TCP, target: '', port: await tcp() },
  { name: 'http', kind: Kind.HTTP, target: '/healthz', port: await https(service) },
  { name: 'grpc', kind: Kind.GRPC, target: '', port: await grpc(service) },
];
console.log(`${instances} instances, checked every 3 s, over ${seconds} s`);
console.log('| check | CPU of the daemon | per check | checks that failed |');
console.log('| ----- | ----------------: | --------: | -----------------: |');
let idle = 0;
for (const each of KINDS) {
  const { share, failed } = await measure(each);
  if (each.kind === Kind.NONE) idle = share;
  const perCheckUs = ((share - idle) / (instances / 3)) * 1e6;
  console.log(`| ${each.name} | ${(share * 100).toFixed(1)} % | ${Math.round(perCheckUs)} µs | ${failed} |`);
}
rmSync(folder, { recursive: true, force: true });
process.exit(0);

/** Seconds of CPU per second; and how many checks failed, which makes it another measurement: connections are dialled anew. */
async function measure({ kind, target, port }: (typeof KINDS)[number]): Promise<{ share: number; failed: number }> {
  const [grpcPort, adminPort] = [await freePort(), await freePort()];
  const daemon = await startPinned(0, [process.execPath, resolve('dist/apps/registry-daemon/main.js')], grpcPort, {
    ...{ GATEWAY_IDENTITY_DIR: registryDir, GATEWAY_LOG_LEVEL: 'warn', REGISTRY_ADMIN_HOST: '127.0.0.1' },
    ...{ REGISTRY_GRPC_PORT: String(grpcPort), REGISTRY_ADMIN_PORT: String(adminPort) },
  });
  const credentials = service.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const address = [`localhost:${grpcPort}`];
  const client = new RegistryClient({ address, credentials, clock: systemClock, callTimeoutMs: 30_000 });
  try {
    await register(client, { kind, target }, port);
    await sleep(WARM_UP_MS);
    const [before, failedBefore] = [daemon.cpuSeconds(), await failures(adminPort)];
    await sleep(seconds * 1_000);
    const share = (daemon.cpuSeconds() - before) / seconds;
    return { share, failed: (await failures(adminPort)) - failedBefore };
  } finally {
    client.close();
    await daemon.stop();
  }
}

async function failures(adminPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return Number(/^gateway_registry_health_checks_total\{kind="\w+",result="fail"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

/** All at once: the first checks begin with the first registration, and this process answers them, too. */
async function register(
  client: RegistryClient,
  healthCheck: { kind: registryV1.HealthCheck_Kind; target: string },
  port: number,
): Promise<void> {
  const address = `localhost:${port}`;
  const all = Array.from({ length: instances }, (_each, n) =>
    client.register({
      instance: { id: `i${n}`, service: 'bench-service', address, protocol: Protocol.GRPC, healthCheck },
      lease: { seconds: 60n },
    }),
  );
  await Promise.all(all);
}

async function tcp(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, 'localhost');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function https(identity: Identity): Promise<number> {
  const server = createHttpsServer(identity.tlsServerOptions({ clientCert: 'required' }), (_request, response) => {
    response.end('ok');
  });
  // Idle for less than a check's interval, a connection would be made anew for each.
  server.keepAliveTimeout = 60_000;
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function grpc(identity: Identity): Promise<number> {
  const server = new Server();
  new HealthImplementation({ '': 'SERVING' }).addToServer(server);
  return new Promise((done, fail) =>
    server.bindAsync('localhost:0', identity.grpcServerCredentials(), (error, port) =>
      error ? fail(error) : done(port),
    ),
  );
}
