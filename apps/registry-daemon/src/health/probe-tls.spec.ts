import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { type Authority, createAuthority, fakeClock } from '@gateway/testing';
import { ProbeTls } from './probe-tls';

let folder: string;
let authority: Authority;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'probe-tls-'));
  authority = await createAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('connections share what the certificate costs, until it rotates', async () => {
  const clock = fakeClock({ now: Date.now() });
  const identity = loadIdentity(await authority.issue('registry-daemon'), { clock });
  const tls = new ProbeTls(identity);
  const [one, other] = ['a', 'b'].map((name) => tls.optionsFor(spiffeIdFor(name)));
  expect(other!.secureContext).toBe(one!.secureContext);
  expect(other!.checkServerIdentity).not.toBe(one!.checkServerIdentity);
  await authority.issue('registry-daemon');
  clock.advance(1_000);
  expect(tls.optionsFor(spiffeIdFor('a')).secureContext).not.toBe(one!.secureContext);
  identity.close();
});
