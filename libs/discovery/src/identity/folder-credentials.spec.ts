import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Metadata, Server, ServerCredentials, type ServerUnaryCall } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Authority, createAuthority, eventually, fakeClock } from '@gateway/testing';
import { folderCredentials } from './folder-credentials';
import { serviceNameIn, spiffeIdIn } from './spiffe-id';

let folder: string;
let authority: Authority;
let server: Server;
let address: string;
/** The certificate serial of each call. */
const seen: string[] = [];

const bytes = (value: Buffer): Buffer => value;
const DEFINITION = {
  ping: {
    ...{ path: '/t.T/Ping', requestStream: false, responseStream: false },
    ...{ requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes },
  },
} as const;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'folder-credentials-'));
  authority = await createAuthority(folder);
  const dir = await authority.issue('registry-daemon');
  const [ca, key, cert] = ['ca', 'key', 'cert'].map((name) => readFileSync(join(dir, `${name}.pem`)));
  server = new Server();
  server.addService(DEFINITION, {
    ping: (call: ServerUnaryCall<Buffer, Buffer>, answer: (error: null, value: Buffer) => void) => {
      seen.push(call.getAuthContext().sslPeerCertificate!.serialNumber);
      answer(null, Buffer.from('pong'));
    },
  });
  const pair = [{ private_key: key!, cert_chain: cert! }];
  const port = await new Promise<number>((resolve, reject) =>
    // By an IP address, which is no name that TLS could ask for.
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(ca!, pair, true), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  address = `127.0.0.1:${port}`;
  seen.length = 0;
});

afterEach(() => {
  server.forceShutdown();
  rmSync(folder, { recursive: true });
});

async function ping(credentials: ReturnType<typeof folderCredentials>): Promise<void> {
  const client = new Client(address, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  try {
    await new Promise<void>((resolve, reject) =>
      client.makeUnaryRequest(
        ...([
          DEFINITION.ping.path,
          bytes,
          bytes,
          Buffer.alloc(0),
          new Metadata(),
          { deadline: Date.now() + 5_000 },
        ] as const),
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  } finally {
    client.close();
  }
}

const REGISTRY = 'spiffe://gateway.local/registry-daemon';

describe('credentials of a folder', () => {
  test('show its certificate, and accept the server that is expected', async () => {
    const clock = fakeClock();
    await ping(folderCredentials(await authority.issue('caller'), REGISTRY, clock));
    expect(seen).toHaveLength(1);
    // Nothing is watched while nobody is connected.
    await eventually(() => expect(clock.pending).toBe(0));
  });

  test('refuse any other', async () => {
    const made = folderCredentials(await authority.issue('caller'), 'spiffe://gateway.local/other', fakeClock());
    await expect(ping(made)).rejects.toThrow(`${REGISTRY} answers, spiffe://gateway.local/other is expected`);
  });

  test('use new files, and keep the old ones while the new ones are broken', async () => {
    const clock = fakeClock();
    const dir = await authority.issue('caller');
    const made = folderCredentials(dir, REGISTRY, clock);
    const holder = new Client(address, made, { 'grpc.use_local_subchannel_pool': 1 });
    holder.waitForReady(Date.now() + 5_000, () => undefined);
    await eventually(() => expect(clock.pending).toBe(1));
    const again = async (): Promise<void> => {
      clock.advance(1_000);
      await ping(made);
    };
    await again();
    writeFileSync(join(dir, 'key.pem'), 'half a k');
    await again();
    cpSync(await authority.issue('caller', { folder: join(folder, 'renewed') }), dir, { recursive: true });
    await again();
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).not.toBe(seen[1]);
    holder.close();
  });

  test('are refused at once when the folder can’t be used', () => {
    expect(() => folderCredentials(join(folder, 'nowhere'), REGISTRY, fakeClock())).toThrow(
      /nowhere can't be used: ENOENT/,
    );
  });
});

describe('the SPIFFE id of a certificate', () => {
  test.each([
    ['DNS:localhost, URI:spiffe://gateway.local/a', 'spiffe://gateway.local/a'],
    ['URI:spiffe://gateway.local/a, URI:spiffe://gateway.local/b', null],
    ['DNS:"x, URI:spiffe://gateway.local/a"', null],
    ['DNS:localhost', null],
    ['URI:https://gateway.local/a', null],
    ['URI:spiffe://gateway.local', null],
    [undefined, null],
  ])('%s', (names, id) => expect(spiffeIdIn(names)).toBe(id));

  test('is one or none, whatever the names', () => {
    const part = fc.constantFrom('URI:', 'spiffe://', 'a', '/', ', ', '"', 'DNS:', '.', ' ');
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const id = spiffeIdIn(parts.join(''));
        if (id !== null) expect(id).toMatch(/^spiffe:\/\/[a.]+\/[a./]+$/);
      }),
    );
  });

  test('ends with the service’s name', () => expect(serviceNameIn('spiffe://gateway.local/ns/demo')).toBe('demo'));
});
