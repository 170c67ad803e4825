import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority, eventually, freePort, launch, type Program } from '@gateway/testing';
import type { Terminal } from './terminal';

/** Bundles an app's present source; inside the workspace, so that it finds its packages. */
export function bundle(app: string): { main: string; remove(): void } {
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync(join(process.cwd(), 'dist', `${app}-spec-`));
  const main = join(folder, 'main.js');
  const script = `
    import { rolldown } from 'rolldown';
    import { bundleOptions } from './tools/build/bundle.mjs';
    const { input, output } = bundleOptions('apps/${app}/src/main.ts', ${JSON.stringify(main)});
    await (await rolldown(input)).write(output);
  `;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' });
  return { main, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A real program of the platform, on ports that it keeps over restarts. */
export class TestProgram {
  #program: Program | null = null;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gatewayctl-'));

  constructor(
    private readonly main: string,
    private readonly env: Readonly<Record<string, string>>,
    readonly adminPort: number,
  ) {}

  async start(): Promise<void> {
    const logFile = join(this.#folder, 'log');
    this.#program = await launch({ command: process.execPath, args: [this.main], env: this.env, logFile });
    const ready = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${this.adminPort}/readyz`)).ok;
    await eventually(ready, { within: 30_000, every: 50 }).catch((error: Error) => {
      throw new Error(`${error.message}\n${readFileSync(logFile, 'utf8')}`);
    });
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.#program?.signal('SIGKILL');
    await this.#program?.ended;
    this.#program = null;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A registry-daemon without Redis, and certificates for it and its callers. `owners` are entries beside that of everyone. */
export async function testRegistry(
  main: string,
  owners: object = {},
): Promise<{
  program: TestProgram;
  address: string;
  authority: Authority;
  remove(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'gatewayctl-registry-'));
  const authority = await createAuthority(folder);
  const [grpcPort, adminPort] = [await freePort(), await freePort()];
  const env = {
    GATEWAY_IDENTITY_DIR: await authority.issue('registry-daemon'),
    REGISTRY_DATA_DIR: join(folder, 'data'),
    REGISTRY_GRPC_PORT: String(grpcPort),
    REGISTRY_ADMIN_PORT: String(adminPort),
    REGISTRY_OWNERS: JSON.stringify({
      ...owners,
      '*': { services: ['*'], packages: ['*'], paths: ['/'], anonymous: ['/'] },
    }),
  };
  mkdirSync(env.REGISTRY_DATA_DIR);
  const program = new TestProgram(main, env, adminPort);
  const remove = async (): Promise<void> => {
    await program.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { program, address: `localhost:${grpcPort}`, authority, remove };
}

/** A terminal that a test reads. */
export class TestTerminal implements Terminal {
  readonly written: string[] = [];
  readonly errors: string[] = [];
  readonly interrupted: Promise<void>;
  interrupt: () => void = () => undefined;

  constructor(
    readonly env: Readonly<Record<string, string>> = {},
    readonly cwd = process.cwd(),
  ) {
    this.interrupted = new Promise((resolve) => (this.interrupt = resolve));
  }

  out = (text: string): void => void this.written.push(text);
  err = (text: string): void => void this.errors.push(text);

  get text(): string {
    return this.written.join('\n');
  }
}
