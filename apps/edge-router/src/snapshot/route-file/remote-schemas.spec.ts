import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Authority, createAuthority, eventually, fakeClock } from '@gateway/testing';
import { fetchText } from './fetch-text';
import { RemoteSchemas } from './remote-schemas';
import { SchemaLibrary } from './schema-library';

let folder: string;
let authority: Authority;
let server: Server;
let base: string;
let answers: Record<string, { status?: number; body?: string; never?: boolean }>;
let asked: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  authority = await createAuthority(join(folder, 'ca'));
  const identity = await authority.issue('schemas');
  const pem = (name: string): Buffer => readFileSync(join(identity, name));
  server = createServer({ cert: pem('cert.pem'), key: pem('key.pem') }, (request, response) => {
    asked.push(request.url!);
    const { status = 200, body = '', never = false } = answers[request.url!] ?? { status: 404 };
    if (!never) response.writeHead(status, { location: '/a' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  answers = { '/a': { body: '{"type":"string"}' } };
  asked = [];
});

const fetched = (path: string, clock = fakeClock()) => fetchText(base + path, { clock, ca: authority.ca });
const naming = (...paths: string[]): string =>
  JSON.stringify({
    routes: paths.map((path, index) => ({
      id: `r${index}`,
      match: { path: `/r${index}` },
      upstream: { service: 'web' },
      validation: { body: { url: base + path } },
    })),
  });

test('a text is read from a server that can be trusted', async () => {
  const clock = fakeClock();
  expect(await fetched('/a', clock)).toBe('{"type":"string"}');
  await eventually(() => expect(clock.pending).toBe(0));
  const foreign = await createAuthority(join(folder, 'foreign'));
  await expect(fetchText(`${base}/a`, { clock, ca: foreign.ca })).rejects.toThrow('certificate');
});

test('what is not there, leads elsewhere, is too large or takes too long is not', async () => {
  answers = { '/moved': { status: 302 }, '/large': { body: ' '.repeat(300_000) }, '/slow': { never: true } };
  await expect(fetched('/nowhere')).rejects.toThrow('the answer is 404');
  await expect(fetched('/moved')).rejects.toThrow('the answer is 302');
  await expect(fetched('/large')).rejects.toThrow('larger than 262144 bytes');
  const clock = fakeClock();
  const slow = fetched('/slow', clock);
  await eventually(() => expect(asked).toContain('/slow'));
  clock.advance(10_000);
  await expect(slow).rejects.toThrow('no answer within 10000 ms');
});

test('a schema is fetched once a reading, and stays what it was while it can’t be', async () => {
  const remote = new RemoteSchemas((url) => fetchText(url, { clock: fakeClock(), ca: authority.ca }));
  const library = new SchemaLibrary('routes.yaml', remote);
  const wrong = (path: string, value: unknown) => library.compile({ url: base + path }).check(value)?.[0]?.rule;
  expect(await remote.refresh(naming('/a', '/a'))).toEqual([]);
  expect([asked, wrong('/a', 7)]).toEqual([['/a'], 'type']);
  answers = { '/a': { status: 500 } };
  expect(await remote.refresh(naming('/a'))).toEqual([`${base}/a: the answer is 500`]);
  expect(wrong('/a', 7)).toBe('type');
  answers = { '/a': { body: '{"type":"integer"}' } };
  expect(await remote.refresh(naming('/a'))).toEqual([]);
  expect(wrong('/a', 7)).toBeUndefined();
  answers = { '/a': { body: 'type: [' } };
  await remote.refresh(naming('/a'));
  expect(() => library.compile({ url: `${base}/a` })).toThrow(/./);
});

test('one that was never there says why, and one that isn’t named any more is forgotten', async () => {
  const remote = new RemoteSchemas((url) => fetchText(url, { clock: fakeClock(), ca: authority.ca }));
  await remote.refresh(naming('/nowhere', '/a'));
  expect(() => remote.text(`${base}/nowhere`)).toThrow('cannot be fetched: the answer is 404');
  expect(remote.text(`${base}/a`)).toBe('{"type":"string"}');
  expect(await remote.refresh('routes: wrong')).toEqual([]);
  expect(() => remote.text(`${base}/a`)).toThrow('nobody has tried');
});
