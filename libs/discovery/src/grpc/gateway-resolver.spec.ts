import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { type Authority, createAuthority, eventually } from '@gateway/testing';
import { ServiceDirectory } from '../directory';
import { RegistryClient } from '../registry-client';
import { ScriptedRegistry } from '../scripted-registry.fixture';
import { type GatewayChannels, registerGatewayResolver } from './register-resolver';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

const SERVICE = 'demo-service';
const OWNER = `spiffe://gateway.local/${SERVICE}`;
const { READY, DRAINING } = registryV1.InstanceState;

let folder: string;
let authority: Authority;
let registry: ScriptedRegistry;
let channels: GatewayChannels;
let closing: (() => void)[];
let revision: bigint;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-resolver-'));
  authority = await createAuthority(folder);
  registry = await ScriptedRegistry.start();
  registry.onWatch = () => ({ revision: { epoch: 'e', n: 1n }, event: { case: 'snapshot', value: {} as never } });
  revision = 1n;
  const client = new RegistryClient({
    address: registry.address,
    credentials: registry.clientCredentials,
    clock: systemClock,
  });
  const directory = new ServiceDirectory({ client, clock: systemClock });
  channels = registerGatewayResolver({ directory });
  closing = [() => directory.close(), () => client.close(), () => registry.close()];
});

afterEach(() => {
  for (const close of closing.reverse()) close();
  rmSync(folder, { recursive: true });
});

interface Instance {
  readonly id: string;
  readonly address: string;
}

const bytes = (value: Buffer): Buffer => value;
const PATH = '/demo.v1.Demo/Who';
const DEFINITION = {
  who: {
    ...{ path: PATH, requestStream: false, responseStream: false },
    ...{ requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes },
  },
} as const;

/** A service over mutual TLS that says who it is. */
async function serve(id: string, identity = SERVICE, at = 0): Promise<Instance & { server: Server; port: number }> {
  const dir = await authority.issue(identity);
  const [ca, key, cert] = ['ca', 'key', 'cert'].map((name) => readFileSync(join(dir, `${name}.pem`)));
  const server = new Server();
  server.addService(DEFINITION, {
    who: (_call: unknown, answer: (error: null, value: Buffer) => void) => answer(null, Buffer.from(id)),
  });
  const pair = [{ private_key: key!, cert_chain: cert! }];
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`localhost:${at}`, ServerCredentials.createSsl(ca!, pair, true), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  closing.push(() => server.forceShutdown());
  return { id, address: `localhost:${port}`, server, port };
}

/** Has the registry tell of an instance. */
function tell({ id, address }: Instance, more: object = {}): void {
  const value = {
    id,
    address,
    service: SERVICE,
    protocol: registryV1.Protocol.GRPC,
    state: READY,
    owner: OWNER,
    ...more,
  };
  registry.tell({ revision: { epoch: 'e', n: ++revision }, event: { case: 'upserted', value: value as never } });
}

function remove({ id }: Instance): void {
  const value = { service: SERVICE, id };
  registry.tell({ revision: { epoch: 'e', n: ++revision }, event: { case: 'removed', value: value as never } });
}

async function connect(own?: ChannelCredentials): Promise<Client> {
  await eventually(() => expect(registry.watching).toBe(1));
  const client = new Client(`gateway:///${SERVICE}`, own ?? channels.credentials(await authority.issue('caller')));
  closing.push(() => client.close());
  return client;
}

const call = (client: Client, deadlineMs = 5_000): Promise<string> =>
  new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      ...([PATH, bytes, bytes, Buffer.from('?'), new Metadata(), { deadline: Date.now() + deadlineMs }] as const),
      (error: ServiceError | null, answer?: Buffer) => (error ? reject(error) : resolve(answer!.toString())),
    ),
  );

async function whoAnswers(client: Client, calls = 20): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: calls }, () => call(client)));
  return [...new Set(all)].sort();
}

describe('a channel to gateway:///<service>', () => {
  test('goes round the instances as they come and go, and no call fails', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await connect();
    tell(one);
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one']));
    const failed: unknown[] = [];
    let calling = true;
    const load = (async () => {
      while (calling) await call(client).catch((error: unknown) => failed.push(error));
    })();
    tell(two);
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one', 'two']));
    tell(one, { state: DRAINING });
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['two']));
    remove(one);
    await new Promise<void>((resolve) => one.server.tryShutdown(() => resolve()));
    expect(await whoAnswers(client)).toEqual(['two']);
    calling = false;
    await load;
    expect(failed).toEqual([]);
  });

  test('has calls wait until the registry has spoken', async () => {
    registry.onWatch = () => null;
    const one = await serve('one');
    const client = await connect();
    const waiting = call(client);
    tell(one);
    expect(await waiting).toBe('one');
  });

  test('is unavailable while there is nobody, and recovers', async () => {
    const one = await serve('one');
    const client = await connect();
    const refused = { code: status.UNAVAILABLE, details: expect.stringContaining(`no instance of ${SERVICE}`) };
    await expect(call(client)).rejects.toMatchObject(refused);
    tell(one);
    await eventually(async () => expect(await call(client)).toBe('one'));
    remove(one);
    await eventually(() => expect(call(client)).rejects.toMatchObject(refused));
    tell(one);
    await eventually(async () => expect(await call(client)).toBe('one'));
  });

  test('calls an instance that is back at its address within two seconds, however long it was away', async () => {
    const one = await serve('one');
    const client = await connect();
    tell(one);
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one']));
    one.server.forceShutdown();
    const away = performance.now();
    while (performance.now() - away < 4_000) await call(client).catch(() => undefined);
    await serve('one again', SERVICE, one.port);
    await eventually(async () => expect(await call(client)).toBe('one again'), { within: 2_000 });
  });

  test('leaves out those that fail their checks or are ejected, while there are others', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await connect();
    tell(one);
    tell(two, { health: { state: registryV1.HealthState.FAILING } });
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one']));
    tell(one, { ejection: { why: 'errors' } });
    tell(two);
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['two']));
    tell(one, { ejection: { why: 'errors', shadow: true } });
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one', 'two']));
    tell(one, { ejection: { why: 'errors' } });
    tell(two, { ejection: { why: 'errors' } });
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one', 'two']));
  });
});

describe('whoever answers at an instance’s address', () => {
  test('must be its owner', async () => {
    const impostor = await serve('impostor', 'other-service');
    const client = await connect();
    tell(impostor);
    const details = expect.stringContaining(`spiffe://gateway.local/other-service answers, ${OWNER} is expected`);
    await eventually(() => expect(call(client)).rejects.toMatchObject({ code: status.UNAVAILABLE, details }));
    const one = await serve('one');
    tell(one);
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one']));
  });

  test('may be another owner of the service where the registry says so', async () => {
    const [one, two] = [await serve('one'), await serve('two', 'second-team')];
    const client = await connect();
    tell(one);
    tell(two, { owner: 'spiffe://gateway.local/second-team' });
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one', 'two']));
  });

  test('is checked as well by credentials that expect the owner', async () => {
    const dir = await authority.issue('caller');
    const [ca, key, cert] = ['ca', 'key', 'cert'].map((name) => readFileSync(join(dir, `${name}.pem`)));
    const expectOwner = (_host: string, { subjectaltname = '' }: { subjectaltname?: string }): Error | undefined =>
      subjectaltname.includes(`URI:${OWNER}`) ? undefined : new Error('somebody else answers');
    const client = await connect(credentials.createSsl(ca!, key!, cert!, { checkServerIdentity: expectOwner }));
    const impostor = await serve('impostor', 'other-service');
    tell(impostor);
    const details = expect.stringContaining('somebody else answers');
    await eventually(() => expect(call(client)).rejects.toMatchObject({ details }));
    const one = await serve('one');
    tell(one);
    await eventually(async () => expect(await whoAnswers(client)).toEqual(['one']));
  });
});

test('a host that has no address is left out', async () => {
  const one = await serve('one');
  const client = await connect();
  tell({ id: 'lost', address: 'no-such-host.invalid:1' });
  await expect(call(client)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  tell(one);
  await eventually(async () => expect(await whoAnswers(client)).toEqual(['one']));
});
