import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFaultyLink, type FaultyLink } from './faulty-link';

let server: Server;
let link: FaultyLink;

beforeEach(async () => {
  server = createServer((_incoming, outgoing) => outgoing.end('x'.repeat(100)));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  link = await startFaultyLink((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await link.close();
  server.closeAllConnections();
  server.close();
});

/** More than a busy machine needs for any answer. */
const PATIENT_MS = 10_000;
/** What never comes isn't waited for that long. */
const IMPATIENT_MS = 400;

/** The answer's body, or the code of the error that came instead. */
function ask(timeout = PATIENT_MS): Promise<string> {
  return new Promise((resolve) => {
    const call = request({ port: link.port, host: '127.0.0.1', agent: false });
    const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    const timer = setTimeout(() => {
      resolve('LATE');
      call.destroy();
    }, timeout);
    call.on('error', fail).on('close', () => clearTimeout(timer));
    call.on('response', (response) => {
      let body = '';
      response.on('error', fail).on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    });
    call.end();
  });
}

test('passes everything when nothing is wrong', async () => {
  expect(await ask()).toHaveLength(100);
  expect(link.accepted).toBe(1);
});

test.each([
  [{ kind: 'refuse' }, 'ECONNREFUSED'],
  [{ kind: 'blackhole' }, 'LATE'],
  [{ kind: 'hang' }, 'LATE'],
  [{ kind: 'reset', afterBytes: 0 }, 'ECONNRESET'],
  [{ kind: 'reset', afterBytes: 20 }, 'ECONNRESET'],
  [{ kind: 'trickle', bytesPerSecond: 20 }, 'LATE'],
  [{ kind: 'delay', ms: 600 }, 'LATE'],
  [{ kind: 'answer', bytes: 'nonsense\r\n\r\n' }, 'HPE_INVALID_CONSTANT'],
] as const)('does %j, and heals at the same address', async (fault, seen) => {
  await link.set(fault);
  expect(await ask(seen === 'LATE' ? IMPATIENT_MS : PATIENT_MS)).toBe(seen);
  await link.set({ kind: 'none' });
  expect(await ask()).toHaveLength(100);
});

test('cuts what is open', async () => {
  await link.set({ kind: 'hang' });
  const asked = ask(5_000);
  while (link.accepted === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  link.cut();
  expect(await asked).toBe('ECONNRESET');
});
