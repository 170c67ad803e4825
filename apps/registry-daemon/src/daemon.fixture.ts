import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gateway/clock';
import { formatAddress } from '@gateway/config';
import { RegistryClient } from '@gateway/discovery';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { type RunningService, startService } from '@gateway/platform';
import { type Authority, createAuthority } from '@gateway/testing';
import { registryModule } from './app.module';
import { registryConfig, type RegistryConfig } from './config';

/** A registry-daemon in this process, on ports of the system's choice, with real certificates. */
export interface TestDaemon {
  readonly authority: Authority;
  readonly folder: string;
  /** `host:port` of its gRPC listener. */
  readonly address: string;
  readonly admin: string;
  /** A client with the identity of that name. */
  client(name: string): Promise<RegistryClient>;
  running(): RunningService<RegistryConfig>;
  stop(): Promise<void>;
}

/** Starts one. `env` is added to its environment. */
export async function startDaemon(env: Record<string, string> = {}, given?: Authority): Promise<TestDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const authority = given ?? (await createAuthority(folder));
  const identityDir = await authority.issue('registry-daemon');
  const closing: (() => void)[] = [];
  const running = await startService(
    { name: 'registry-daemon', config: registryConfig, module: registryModule },
    {
      GATEWAY_IDENTITY_DIR: identityDir,
      GATEWAY_LOG_LEVEL: 'silent',
      GATEWAY_DRAIN_DELAY: '0ms',
      REGISTRY_GRPC_PORT: '0',
      REGISTRY_ADMIN_PORT: '0',
      REGISTRY_DATA_DIR: join(folder, 'data'),
      ...env,
    },
  );
  const address = formatAddress(running.service.grpcListeners[0]!.address);
  return {
    authority,
    folder,
    address,
    admin: `http://${formatAddress(running.admin)}`,
    async client(name) {
      const identity = loadIdentity(await authority.issue(name), { pollMs: 0 });
      const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
      const client = new RegistryClient({ address, credentials, clock: systemClock });
      closing.push(() => client.close());
      return client;
    },
    running: () => running,
    async stop() {
      for (const close of closing) close();
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
