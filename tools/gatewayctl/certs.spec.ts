import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Authority, createAuthority } from '@gateway/testing';
import { runGatewayctl } from './program';
import { TestTerminal } from './programs.fixture';

let folder: string;
let authority: Authority;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatewayctl-certs-'));
  authority = await createAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const terminal = new TestTerminal({}, folder);
  const code = await runGatewayctl(['certs', ...args], terminal);
  return { code, out: terminal.text.split('\n'), err: terminal.errors };
}

test('certs shows until when each identity lasts', async () => {
  await authority.issue('shop-service', { days: 8 });
  const good = await run('.');
  expect([good.code, good.err]).toEqual([0, []]);
  expect(good.out[0]).toMatch(/^NAME +IDENTITY +UNTIL +DAYS +STATE$/);
  expect(good.out[1]).toMatch(/^shop-service +spiffe:\/\/gateway\.local\/shop-service +\d{4}-\S+Z +7 +ok$/);
  expect((await run('shop-service')).out).toEqual(good.out);
  const soon = await run('.', '--days', '30');
  expect([soon.code, soon.err]).toEqual([65, ['gatewayctl: 1 of 1 identities need a look']]);
  expect(soon.out[1]).toMatch(/ends within 30 days$/);
});

test('certs says what is wrong with one', async () => {
  const shop = await authority.issue('shop-service');
  await authority.issue('old', { expired: true });
  await authority.issue('early', { notYetValid: true });
  await authority.issue('nameless', { spiffe: false });
  const foreign = await createAuthority(mkdtempSync(join(folder, 'foreign-')));
  const mixed = (name: string, files: Record<string, string>): void => {
    mkdirSync(join(folder, name));
    for (const file of ['cert.pem', 'key.pem', 'ca.pem'])
      copyFileSync(join(files[file] ?? shop, file), join(folder, name, file));
  };
  const other = await foreign.issue('other');
  mixed('wrong-key', { 'key.pem': other });
  mixed('wrong-ca', { 'ca.pem': other });
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken', 'cert.pem'), 'nonsense');
  const { code, out, err } = await run('.');
  expect([code, err]).toEqual([65, ['gatewayctl: 6 of 7 identities need a look']]);
  const states = Object.fromEntries(out.slice(1).map((line) => [line.split(' ')[0], line.split(/ {2,}/).at(-1)]));
  expect(states).toMatchObject({
    'shop-service': 'ok',
    old: 'has expired',
    early: 'is not valid yet',
    nameless: 'has no SPIFFE id',
    'wrong-key': 'the key is not the certificate’s',
    'wrong-ca': 'is not signed by its ca.pem',
    broken: expect.stringMatching(/./),
  });
});

test('certs says when there is nothing to show', async () => {
  mkdirSync(join(folder, 'empty'));
  for (const path of ['empty', 'nowhere'])
    expect(await run(path)).toMatchObject({ code: 64, err: [expect.stringContaining('has no identities')] });
  expect(await run('.', '--days', 'x')).toMatchObject({ code: 64, err: [expect.stringContaining('--days')] });
});
