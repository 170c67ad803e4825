import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { identityFolder, leaf, root, writeIdentity, type Issued } from './certificates.fixture';
import { loadIdentity, type Identity, type SecureContextHolder } from './identity';

const POLL_MS = 1_000;

let ca: Issued;
let dir: string;
let clock: FakeClock;
let identity: Identity;
let reloads: number;
let problems: (string | null)[];

beforeAll(async () => {
  ca = await root();
});
beforeEach(async () => {
  dir = await identityFolder(ca, 'edge-router');
  clock = fakeClock({ now: Date.now() });
  reloads = 0;
  problems = [];
  identity = loadIdentity(dir, { clock, onReload: () => (reloads += 1), onProblem: (why) => problems.push(why) });
});
afterEach(() => identity.close());

async function rotate(name = 'edge-router', from = ca): Promise<Issued> {
  const next = await leaf(from, name);
  writeIdentity(dir, { cert: next.cert, key: next.key, ca: ca.cert });
  return next;
}

test('knows who it is', () => {
  expect(identity).toMatchObject({
    spiffeId: 'spiffe://gateway.local/edge-router',
    name: 'edge-router',
    problem: null,
  });
  expect(identity.ca).toBe(ca.cert);
  expect(identity.expiresAt).toBeGreaterThan(Date.now());
});

test('throws at once when the folder is bad', () => {
  expect(() => loadIdentity('/nowhere')).toThrow("/nowhere/cert.pem can't be read");
});

describe('a change of the folder', () => {
  test('is used after it was checked, and told', async () => {
    const told: string[] = [];
    const end = identity.onReload(() => told.push(identity.cert));
    clock.advance(POLL_MS);
    expect(reloads).toBe(0);
    const next = await rotate();
    clock.advance(POLL_MS);
    expect(identity).toMatchObject({ cert: next.cert, key: next.key });
    expect(told).toEqual([next.cert]);
    expect(reloads).toBe(1);
    end();
    await rotate();
    clock.advance(POLL_MS);
    expect(told).toHaveLength(1);
    expect(reloads).toBe(2);
    expect(problems).toEqual([]);
  });

  test('to something broken keeps the old pair, and says so once until it is mended', async () => {
    const before = identity.cert;
    const next = await leaf(ca, 'edge-router');
    writeIdentity(dir, { cert: next.cert, key: 'half written', ca: ca.cert });
    clock.advance(POLL_MS);
    clock.advance(POLL_MS);
    expect(identity.cert).toBe(before);
    expect(identity.problem).toBe('key.pem holds no private key');
    writeIdentity(dir, { cert: next.cert, key: next.key, ca: ca.cert });
    clock.advance(POLL_MS);
    expect(identity).toMatchObject({ cert: next.cert, problem: null });
    expect(problems).toEqual(['key.pem holds no private key', null]);
  });

  test("to another service's certificate is refused", async () => {
    await rotate('operator');
    clock.advance(POLL_MS);
    expect(identity.name).toBe('edge-router');
    expect(identity.problem).toBe(
      "cert.pem is spiffe://gateway.local/operator's, not spiffe://gateway.local/edge-router's",
    );
  });
});

test('an expired certificate is a problem until a new one comes', async () => {
  clock.setNow(identity.expiresAt + 1);
  clock.advance(POLL_MS);
  expect(identity.problem).toMatch(/^cert.pem expired at /);
  clock.setNow(Date.now());
  await rotate();
  clock.advance(POLL_MS);
  expect(problems).toEqual([expect.stringMatching(/^cert.pem expired at /), null]);
});

test('watches with the system clock unless told otherwise, and not at all when asked not to', () => {
  loadIdentity(dir).close();
  const quiet = fakeClock({ now: Date.now() });
  loadIdentity(dir, { clock: quiet, pollMs: 0 }).close();
  expect(quiet.pending).toBe(0);
});

test('closing ends the watch', () => {
  expect(clock.pending).toBe(1);
  identity.close();
  expect(clock.pending).toBe(0);
});

test('a broken folder without anyone to tell is survived', async () => {
  const alone = fakeClock({ now: Date.now() });
  const untold = loadIdentity(dir, { clock: alone });
  await rotate('operator');
  alone.advance(POLL_MS);
  expect(untold.name).toBe('edge-router');
  await rotate();
  alone.advance(POLL_MS);
  expect(untold.problem).toBeNull();
  untold.close();
});

test('a server kept fresh gets each new pair, until it is let go', async () => {
  const given: unknown[] = [];
  const server: SecureContextHolder = { setSecureContext: (options) => void given.push(options.cert) };
  const end = identity.keepFresh(server);
  const next = await rotate();
  clock.advance(POLL_MS);
  expect(given).toEqual([next.cert]);
  end();
  await rotate();
  clock.advance(POLL_MS);
  expect(given).toHaveLength(1);
});
