import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gateway/clock';
import { RegistryClient } from '@gateway/discovery';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { type Authority, eventually, freePort, type TestRedis } from '@gateway/testing';

/** A registry-daemon as a process of its own, which a test can kill. */
export interface DaemonProcess {
  /** The URL of its admin plane. */
  readonly admin: string;
  start(): Promise<void>;
  /** SIGKILL: it gets no chance to write anything. */
  kill(): Promise<void>;
  /** SIGSTOP: it stands still, its connections stay open. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  client(name: string): Promise<RegistryClient>;
  stop(): Promise<void>;
}

/** Bundles the daemon's present source; inside the workspace, so that it finds its packages. */
export function bundleDaemon(): { main: string; remove(): void } {
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync(join(process.cwd(), 'dist', 'registry-daemon-spec-'));
  const main = join(folder, 'main.js');
  const script = `
    import { rolldown } from 'rolldown';
    import { bundleOptions } from './tools/build/bundle.mjs';
    const { input, output } = bundleOptions('apps/registry-daemon/src/main.ts', ${JSON.stringify(main)});
    await (await rolldown(input)).write(output);
  `;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' });
  return { main, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A daemon on the given Redis that keeps its ports and its data folder over restarts. */
export async function daemonProcess(
  main: string,
  authority: Authority,
  redis: Pick<TestRedis, 'url' | 'caFile'>,
): Promise<DaemonProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'registry-data-'));
  const [grpcPort, adminPort] = [await freePort(), await freePort()];
  const env = {
    GATEWAY_IDENTITY_DIR: await authority.issue('registry-daemon'),
    GATEWAY_LOG_LEVEL: 'warn',
    GATEWAY_REDIS_URL: redis.url,
    GATEWAY_REDIS_CA_FILE: redis.caFile,
    REGISTRY_DATA_DIR: dataDir,
    REGISTRY_GRPC_PORT: String(grpcPort),
    REGISTRY_ADMIN_PORT: String(adminPort),
  };
  const closing: (() => void)[] = [];
  let child: ChildProcess | null = null;
  const end = async (): Promise<void> => {
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    child = null;
  };
  return {
    admin: `http://127.0.0.1:${adminPort}`,
    async start() {
      child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      await eventually(async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok, { within: 15_000 });
    },
    kill: end,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async client(name) {
      const identity = loadIdentity(await authority.issue(name), { pollMs: 0 });
      const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
      const client = new RegistryClient({ address: `localhost:${grpcPort}`, credentials, clock: systemClock });
      closing.push(() => client.close());
      return client;
    },
    async stop() {
      for (const close of closing) close();
      await end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
