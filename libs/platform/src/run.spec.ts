import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '@gateway/testing';

// Each test starts whole processes, on a machine that may be busy with others.
jest.setTimeout(60_000);

let folder: string;
let program: string;
const children: ChildProcess[] = [];

/** Builds the fixture program as apps are built: inside the workspace, where its packages are found. */
beforeAll(() => {
  mkdirSync('dist', { recursive: true });
  folder = mkdtempSync(join('dist', 'platform-'));
  program = join(folder, 'main.js');
  const script = 'libs/platform/src/build-program.fixture.mjs';
  execFileSync(process.execPath, [script, 'libs/platform/src/program.fixture.ts', program]);
});
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
  /** Lines of the log so far. */
  log(): Record<string, unknown>[];
  readonly code: Promise<number | null>;
}

function run(env: Record<string, string> = {}, args: string[] = []): Run {
  const surroundings = { PATH: process.env['PATH'] ?? '', TEST_ADMIN_PORT: '0', GATEWAY_DRAIN_DELAY: '0ms' };
  const child = spawn(process.execPath, [program, ...args], { env: { ...surroundings, ...env } });
  children.push(child);
  const log = () =>
    result.out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const code = once(child, 'close').then(([exit]) => exit as number | null);
  const result: Run = { child, out: '', err: '', log, code };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.err += text));
  return result;
}

/** A run that has come to be ready. @returns it, and its admin URL */
async function ready(env?: Record<string, string>): Promise<{ started: Run; admin: string }> {
  const started = run(env);
  const line = await eventually(
    () => {
      const found = started.log().find(({ msg }) => msg === 'test-service is ready');
      if (!found) throw new Error(`not ready: ${started.out}${started.err}`);
      return found;
    },
    { within: 15_000 },
  );
  return { started, admin: `http://${String(line['admin'])}` };
}

describe('the command line', () => {
  test('--check-config says that a configuration is right, or what is wrong', async () => {
    const good = run({}, ['--check-config']);
    expect([await good.code, good.out, good.err]).toEqual([0, 'test-service: the configuration is right\n', '']);
    const bad = run({ TEST_LOUD: 'maybe', GATEWAY_IDENTITY_DIR: folder }, ['--check-config']);
    expect([await bad.code, bad.out, bad.err]).toEqual([64, '', 'TEST_LOUD: "maybe" is neither true nor false\n']);
    const stranger = run({ GATEWAY_IDENTITY_DIR: folder }, ['--check-config']);
    expect(await stranger.code).toBe(64);
    expect(stranger.err).toMatch(/^GATEWAY_IDENTITY_DIR: .*cert.pem can't be read\n$/);
  });

  test('--print-config and --config-reference print and end', async () => {
    const printed = run({ TEST_LOUD: 'true' }, ['--print-config']);
    expect(await printed.code).toBe(0);
    expect(printed.out).toContain('\nTEST_LOUD=true\n');
    const reference = run({}, ['--config-reference']);
    expect(await reference.code).toBe(0);
    expect(reference.out).toContain('| `TEST_LOUD` | true or false | `false` | Whether it shouts. |');
  });

  test('an unknown option is refused', async () => {
    const { code, err } = await finished(run({}, ['--chek-config']));
    expect([code, err]).toEqual([64, '--chek-config: is not an option of test-service\n']);
  });
});

const finished = async (started: Run) => ({ code: await started.code, err: started.err, log: started.log() });

test('a wrong configuration is one line per problem and exit 64, and no port ever opened', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const started = run({ TEST_ADMIN_PORT: String(port), TEST_LOUD: 'maybe', TEST_LOUDD: 'true', GATEWAY_LOG: 'x' });
  let connected = 0;
  let running = true;
  void started.code.then(() => (running = false));
  while (running) {
    await fetch(`http://127.0.0.1:${port}/livez`).then(
      () => (connected += 1),
      () => undefined,
    );
    await new Promise(setImmediate);
  }
  const { code, err } = await finished(started);
  expect(code).toBe(64);
  expect(err.trimEnd().split('\n')).toEqual([
    'GATEWAY_LOG: is not a setting of test-service',
    'TEST_LOUDD: is not a setting of test-service',
    'TEST_LOUD: "maybe" is neither true nor false',
  ]);
  expect(connected).toBe(0);
});

test('a busy port is one line that names it, and exit 1', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address() as AddressInfo;
  const { code, err } = await finished(run({ TEST_ADMIN_PORT: String(port) }));
  busy.close();
  expect([code, err]).toEqual([1, `test-service: port ${port} on 127.0.0.1 is in use (EADDRINUSE)\n`]);
});

test('a start that fails says why, and is exit 1', async () => {
  const { code, err } = await finished(run({ GATEWAY_INSTANCE_ID: 'fail-start' }));
  expect([code, err]).toEqual([1, "test-service: can't start: no journal\n"]);
});

describe('SIGTERM', () => {
  test('drains, closes and exits 0', async () => {
    const { started, admin } = await ready();
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    started.child.kill('SIGTERM');
    const { code, log, err } = await finished(started);
    expect([code, err]).toEqual([0, '']);
    const messages = log.map(({ msg }) => msg);
    expect(messages).toContain('alone: nothing is shared');
    expect(messages.slice(messages.indexOf('shutting down'))).toEqual([
      'shutting down',
      'deregistering',
      'closed',
      'bye',
    ]);
  });

  test('that finds a hook which hangs exits 1 in time, and names it', async () => {
    const { started } = await ready({ GATEWAY_INSTANCE_ID: 'hang', GATEWAY_SHUTDOWN_TIMEOUT: '300ms' });
    started.child.kill('SIGTERM');
    const { code, log } = await finished(started);
    expect(code).toBe(1);
    expect(log.at(-1)).toMatchObject({ level: 'fatal', msg: 'the shutdown hung: drain deregister' });
  });

  test('during a start exits 1 at once: nothing has begun that could be finished', async () => {
    const started = run({ GATEWAY_INSTANCE_ID: 'hang-start' });
    await eventually(() => started.log().some(({ msg }) => msg === 'admin plane listens'), { within: 15_000 });
    started.child.kill('SIGTERM');
    expect(await started.code).toBe(1);
  });

  test('twice exits at once', async () => {
    const { started } = await ready({ GATEWAY_INSTANCE_ID: 'hang' });
    started.child.kill('SIGTERM');
    await eventually(() => started.log().some(({ msg }) => msg === 'deregistering'));
    started.child.kill('SIGINT');
    expect(await started.code).toBe(1);
  });

  test('with a hook that fails closes the rest and exits 1', async () => {
    const { started } = await ready({ GATEWAY_INSTANCE_ID: 'fail-stop' });
    started.child.kill('SIGTERM');
    const { code, log } = await finished(started);
    expect(code).toBe(1);
    expect(log).toContainEqual(expect.objectContaining({ level: 'error', msg: 'the shutdown failed in part' }));
  });
});

test.each([
  ['throw', 'uncaught exception'],
  ['reject', 'unhandled rejection'],
])('an error that nobody handles (%s) is logged and ends the process with 70', async (mode, message) => {
  const { code, log } = await finished(run({ GATEWAY_INSTANCE_ID: mode }));
  expect(code).toBe(70);
  const err = expect.objectContaining({ message: 'boom' });
  expect(log).toContainEqual(expect.objectContaining({ level: 'fatal', msg: message, err }));
});
