import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { type Registration, RegistryClient, registerService } from '@gateway/discovery';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { eventually } from '@gateway/testing';
import { runGatewayctl } from './program';
import { bundle, testRegistry, TestTerminal } from './programs.fixture';

// Real programs on a machine that others use too.
jest.setTimeout(90_000);

let bundled: ReturnType<typeof bundle>;
let registry: Awaited<ReturnType<typeof testRegistry>>;
let operator: string;
let folder: string;
let registered: Registration[];
let closing: (() => void)[];

beforeAll(async () => {
  bundled = bundle('registry-daemon');
  registry = await testRegistry(bundled.main);
  operator = await registry.authority.issue('operator');
  await registry.program.start();
});

afterAll(async () => {
  await registry.remove();
  bundled.remove();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatewayctl-spec-'));
  registered = [];
  closing = [];
});

afterEach(async () => {
  for (const each of registered) await each.deregister();
  for (const close of closing) close();
  rmSync(folder, { recursive: true });
});

const env = () => ({ GATEWAY_REGISTRY: registry.address, GATEWAY_IDENTITY_DIR: operator });

async function run(...args: string[]): Promise<{ code: number; out: string; err: string[] }> {
  const terminal = new TestTerminal(env(), folder);
  const code = await runGatewayctl(args, terminal);
  return { code, out: terminal.text, err: terminal.errors };
}

async function register(id: string, more: object = {}): Promise<Registration> {
  const identity = loadIdentity(await registry.authority.issue('demo-service'), { pollMs: 0 });
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: registry.address, credentials, clock: systemClock });
  closing.push(() => client.close());
  const healthCheck = { kind: registryV1.HealthCheck_Kind.NONE };
  const instance = { id, service: 'demo-service', address: 'localhost:1', protocol: registryV1.Protocol.GRPC };
  const registration = registerService({ client, clock: systemClock, instance: { ...instance, healthCheck, ...more } });
  registered.push(registration);
  await eventually(() => expect(registration.status.state).toBe('registered'));
  return registration;
}

const lineWith = (text: string, word: string): string => text.split('\n').find((line) => line.includes(word)) ?? '';

describe('services', () => {
  test('shows each instance in a table', async () => {
    await register('demo-1', { zone: 'eu-1a', version: 'v2', weight: 3 });
    const { code, out, err } = await run('services');
    expect([code, err]).toEqual([0, []]);
    expect(out.split('\n')[0]).toMatch(
      /^SERVICE +INSTANCE +ADDRESS +STATE +HEALTH +EJECTION +ZONE +VERSION +WEIGHT +LOAD +GENERATION$/,
    );
    expect(lineWith(out, 'demo-1')).toMatch(
      /^demo-service +demo-1 +localhost:1 +ready +\S+ +- +eu-1a +v2 +3 +(?:-|0 conn, 0 calls) +\S{1,4}\/\d+$/,
    );
  });

  test('shows one service, and JSON', async () => {
    await register('demo-1');
    const { out } = await run('services', 'demo-service', '--json');
    const { instances } = JSON.parse(out) as { instances: { id: string; owner: string }[] };
    expect(instances).toMatchObject([{ id: 'demo-1', owner: spiffeIdFor('demo-service') }]);
    expect((await run('services', 'nobody-service')).out.split('\n')).toHaveLength(1);
  });

  test('tells what keeps it from its work in a line, and by its exit code', async () => {
    const unreachable = await run('services', '--registry', 'localhost:1');
    expect(unreachable).toMatchObject({ code: 69, out: '' });
    expect(unreachable.err).toEqual([
      expect.stringMatching(/^gatewayctl: the registry at localhost:1 can't be reached: /),
    ]);
    const nobody = await run('services', '--identity', join(folder, 'nobody'));
    expect(nobody).toMatchObject({ code: 64, err: [expect.stringContaining("nobody can't be used")] });
    expect(await run('servces')).toMatchObject({ code: 64, err: [expect.stringMatching(/unknown command 'servces'/)] });
    expect(await run('services', '--nope')).toMatchObject({ code: 64, err: [expect.stringContaining('--nope')] });
    expect((await run('services', '--help')).code).toBe(0);
  });

  test('finds another registry when the first is away', async () => {
    expect(await run('services', '--registry', `localhost:1,${registry.address}`)).toMatchObject({ code: 0, err: [] });
  });

  test('runs as a program, with paths from where it was typed', () => {
    const bin = join(process.cwd(), 'tools/gatewayctl/bin.mjs');
    const options = { cwd: registry.authority.caFile.replace(/\/[^/]*$/, ''), encoding: 'utf8' } as const;
    const args = ['services', '--registry', registry.address, '--identity', 'operator'];
    const good = spawnSync(process.execPath, [bin, ...args], options);
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/^SERVICE /);
    const bad = spawnSync(
      process.execPath,
      [bin, 'services', '--registry', 'localhost:1', '--identity', 'operator'],
      options,
    );
    expect([bad.status, bad.stdout, bad.stderr.trimEnd().split('\n').length]).toEqual([69, '', 1]);
  });
});

describe('services --watch', () => {
  async function watching(...args: string[]) {
    const terminal = new TestTerminal(env(), folder);
    const ended = runGatewayctl(['services', '--watch', ...args], terminal);
    const says = (pattern: RegExp) => eventually(() => expect(terminal.text).toMatch(pattern), { within: 30_000 });
    const end = async (): Promise<void> => {
      terminal.interrupt();
      expect(await ended).toBe(0);
    };
    return { terminal, says, end };
  }

  test('tells each change with its time', async () => {
    const { terminal, says, end } = await watching();
    await says(/^SERVICE /);
    const demo = await register('demo-1', { zone: 'eu-1a' });
    await says(/^\d\d:\d\d:\d\d\.\d{3} {2}\+ demo-service\/demo-1 {2}localhost:1 {2}ready {2}zone: eu-1a$/m);
    await demo.drain();
    await says(/~ demo-service\/demo-1 {2}state: ready -> draining$/m);
    await demo.deregister();
    await says(/- demo-service\/demo-1 {2}gone$/m);
    await register('demo-1');
    await register('demo-1', { address: 'localhost:2' });
    await says(/~ demo-service\/demo-1 {2}address: localhost:1 -> localhost:2 {2}generation: \S+ -> \S+$/m);
    await end();
    expect(terminal.errors).toEqual([]);
  });

  test('outlives the registry, and says so', async () => {
    await register('demo-1');
    // As the program: in this process others' sockets would keep it waiting.
    const program = spawn(process.execPath, ['tools/gatewayctl/bin.mjs', 'services', '--watch', 'demo-service'], {
      env: { ...process.env, ...env(), NODE_OPTIONS: '' },
    });
    const ended = once(program, 'exit');
    let text = '';
    for (const stream of [program.stdout, program.stderr]) stream.on('data', (piece) => (text += String(piece)));
    const says = (pattern: RegExp) => eventually(() => expect(text).toMatch(pattern), { within: 30_000 });
    await says(/^demo-service +demo-1/m);
    await registry.program.kill();
    await says(/! the registry is lost \(.+\); what it said last stays, waiting for it$/m);
    await registry.program.start();
    await says(/! the registry is back, at localhost:\d+$/m);
    await register('demo-2');
    await says(/\+ demo-service\/demo-2/);
    // It registered again by itself; nobody is told to be gone.
    expect(text).not.toContain('gone');
    program.kill();
    expect(await ended).toEqual([0, null]);
  });

  test('tells programs in JSON', async () => {
    const { terminal, says, end } = await watching('demo-service', '--json');
    const demo = await register('demo-1');
    await demo.drain();
    await says(/"kind":"changed"/);
    await demo.deregister();
    await says(/"kind":"gone"/);
    await end();
    const told = terminal.written.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told[0]).toMatchObject({ kind: 'appeared', service: 'demo-service', instance: { address: 'localhost:1' } });
    expect(told.find(({ kind }) => kind === 'changed')).toMatchObject({ changed: ['state'], id: 'demo-1' });
    expect(told.every(({ time }) => /^\d{4}-\d\d-\d\dT/.test(time as string))).toBe(true);
  });

  test('says at once that there is no registry', async () => {
    expect(await run('services', '--watch', '--registry', 'localhost:1')).toMatchObject({ code: 69 });
  });
});
