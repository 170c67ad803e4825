import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchJwksOverHttp } from './index';

const KEYS = { keys: [{ kty: 'EC' }] };
let server: Server;
let origin: string;
const pages: Record<string, RequestListener> = {
  '/jwks': (_request, response) => response.end(JSON.stringify(KEYS)),
  '/missing': (_request, response) => response.writeHead(404).end('{}'),
  '/empty': (_request, response) => response.writeHead(204).end(),
  '/moved': (_request, response) => response.writeHead(302, { location: '/jwks' }).end(),
  '/page': (_request, response) => response.end('<html>'),
  '/huge': (_request, response) => response.end(Buffer.alloc(300 * 1024, 0x20)),
};

beforeAll(async () => {
  server = createServer((request, response) => pages[request.url!]!(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('gets a key set', async () => {
  expect(await fetchJwksOverHttp(`${origin}/jwks`)).toEqual(KEYS);
});

test.each([
  ['/missing', 'answered 404'],
  ['/moved', 'fetch failed'],
  ['/page', 'JSON'],
  ['/empty', 'JSON'],
  ['/huge', 'larger than'],
])('%s is no key set', async (path, problem) => {
  await expect(fetchJwksOverHttp(origin + path)).rejects.toThrow(problem);
});
