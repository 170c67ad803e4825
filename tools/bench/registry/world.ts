import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@grpc/grpc-js';
import { systemClock } from '@gateway/clock';
import { RegistryClient } from '@gateway/discovery';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { createAuthority, freePort, type RunningApp, startApp, startRedis } from '@gateway/testing';

/** Built registry-daemons on one real Redis, and identities to call them with. */
export interface World {
  readonly daemons: readonly RunningApp[];
  /** A client with a connection of its own. @param daemon which one it talks to */
  client(daemon: number): RegistryClient;
  /** A bare channel on a connection of its own. */
  channel(daemon: number): Client;
  stop(): Promise<void>;
}

/** Who registers: it owns every service of the bench. */
const IDENTITY = 'bench-service';

/** Starts that many daemons. */
export async function startWorld(count: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-bench-'));
  const authority = await createAuthority(folder);
  const redis = await startRedis({ authority });
  const env = {
    GATEWAY_IDENTITY_DIR: await authority.issue('registry-daemon'),
    GATEWAY_LOG_LEVEL: 'warn',
    GATEWAY_REDIS_URL: redis.url,
    GATEWAY_REDIS_CA_FILE: redis.caFile,
  };
  const ports: number[] = [];
  const daemons: RunningApp[] = [];
  for (let index = 0; index < count; index++) {
    const [port, adminPort] = [await freePort(), await freePort()];
    const name = `registry-daemon-${index + 1}`;
    const own = { REGISTRY_GRPC_PORT: String(port), REGISTRY_ADMIN_PORT: String(adminPort) };
    const logFile = join(folder, `${name}.log`);
    daemons.push(await startApp({ name, app: 'registry-daemon', env: { ...env, ...own }, adminPort, logFile }));
    ports.push(port);
  }
  const identity = loadIdentity(await authority.issue(IDENTITY), { pollMs: 0 });
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const clients: { close(): void }[] = [];
  return {
    daemons,
    client(daemon) {
      const address = `localhost:${ports[daemon]}`;
      const client = new RegistryClient({ address, credentials, clock: systemClock, callTimeoutMs: 30_000 });
      clients.push(client);
      return client;
    },
    channel(daemon) {
      const channel = new Client(`localhost:${ports[daemon]}`, credentials, { 'grpc.use_local_subchannel_pool': 1 });
      clients.push(channel);
      return channel;
    },
    async stop() {
      for (const client of clients) client.close();
      for (const daemon of daemons) await daemon.stop();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
