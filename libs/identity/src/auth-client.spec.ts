import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { systemClock } from '@gateway/clock';
import { authV1 } from '@gateway/contracts';
import { eventually } from '@gateway/testing';
import {
  credentials,
  Server,
  ServerCredentials,
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { createAuthClient, type AuthClient, type Credential, type FeedState } from './index';

const { AuthProxyService, CredentialKind } = authV1;
const { authenticate, checkPermission, watchRevocations } = AuthProxyService.method;

type Answer<O extends DescMessage> = MessageInitShape<O> | { code: number; details: string };
type Watcher = ServerWritableStream<authV1.WatchRevocationsRequest, authV1.WatchRevocationsResponse>;

const definition = <I extends DescMessage, O extends DescMessage>(
  name: string,
  input: I,
  output: O,
  responseStream = false,
): MethodDefinition<MessageShape<I>, MessageShape<O>> => ({
  path: `/${AuthProxyService.typeName}/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: (message) => Buffer.from(toBinary(input, message)),
  requestDeserialize: (bytes) => fromBinary(input, bytes),
  responseSerialize: (message) => Buffer.from(toBinary(output, message)),
  responseDeserialize: (bytes) => fromBinary(output, bytes),
});

/** An auth-proxy on a real port that answers as the test says. */
class Proxy {
  readonly authenticated: authV1.AuthenticateRequest[] = [];
  readonly checked: authV1.CheckPermissionRequest[] = [];
  readonly watchers: Watcher[] = [];
  verdict: Answer<typeof authenticate.output> = { code: status.UNAUTHENTICATED, details: 'no' };
  permission: Answer<typeof checkPermission.output> = { allowed: true };
  private server = new Server();

  async start(port = 0): Promise<number> {
    this.server = new Server();
    this.server.addService(
      {
        authenticate: definition('Authenticate', authenticate.input, authenticate.output),
        checkPermission: definition('CheckPermission', checkPermission.input, checkPermission.output),
        watchRevocations: definition('WatchRevocations', watchRevocations.input, watchRevocations.output, true),
      },
      {
        authenticate: this.unary(authenticate.output, this.authenticated, () => this.verdict),
        checkPermission: this.unary(checkPermission.output, this.checked, () => this.permission),
        watchRevocations: ((call) => this.watchers.push(call)) as handleServerStreamingCall<
          authV1.WatchRevocationsRequest,
          authV1.WatchRevocationsResponse
        >,
      },
    );
    return new Promise((resolve, reject) =>
      this.server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private unary<I, O extends DescMessage>(
    output: O,
    seen: I[],
    answer: () => Answer<O>,
  ): handleUnaryCall<I, MessageShape<O>> {
    return (call, callback) => {
      seen.push(call.request);
      const given = answer();
      if ('code' in given) callback(given as { code: number; details: string });
      else callback(null, create(output, given as MessageInitShape<O>));
    };
  }
}

const TOKEN: Credential = { kind: 'bearer', value: 'token' };
const QUESTION = { subject: 'u-1', permission: 'project:read', resource: 'p1' };
const until = Math.floor(systemClock.now()) + 50_000;
const GOOD = {
  principal: { subject: 'u-1', issuer: 'i', sessionId: 's-1', scopes: ['read'], kind: CredentialKind.BEARER },
  validUntil: timestampFromMs(until),
  expiresAt: timestampFromMs(until + 1_000),
};

let proxy: Proxy;
let port: number;
let client: AuthClient;
let states: FeedState[];

beforeEach(async () => {
  proxy = new Proxy();
  port = await proxy.start();
  states = [];
  client = createAuthClient({
    address: `127.0.0.1:${port}`,
    credentials: credentials.createInsecure(),
    clock: systemClock,
    onState: (state) => states.push(state),
  });
});

afterEach(() => {
  client.close();
  proxy.stop();
});

const watcher = (nth: number) =>
  eventually(() => expect(proxy.watchers.length).toBeGreaterThanOrEqual(nth)).then(() => proxy.watchers[nth - 1]!);
const tell = (to: Watcher, message: MessageInitShape<typeof watchRevocations.output>) =>
  to.write(create(watchRevocations.output, message));

test('a good credential yields its principal, and is asked once', async () => {
  proxy.verdict = GOOD;
  expect(await client.authenticate(TOKEN, 5_000)).toEqual({
    outcome: 'valid',
    principal: {
      subject: 'u-1',
      issuer: 'i',
      sessionId: 's-1',
      scopes: ['read'],
      kind: 'bearer',
      expiresAt: until + 1_000,
    },
    validUntil: until,
  });
  expect(client.authenticate(TOKEN, 5_000)).toMatchObject({ outcome: 'valid' });
  expect(proxy.authenticated).toMatchObject([{ kind: CredentialKind.BEARER, credential: 'token' }]);
});

test('an API key is asked as one; a verdict without an end lives as long as verdicts do', async () => {
  proxy.verdict = { principal: GOOD.principal };
  const verdict = await client.authenticate({ kind: 'api-key', value: 'k' }, 5_000);
  expect(verdict).toMatchObject({ outcome: 'valid', principal: { kind: 'api-key', expiresAt: Infinity } });
  expect(proxy.authenticated).toMatchObject([{ kind: CredentialKind.API_KEY, credential: 'k' }]);
});

test('only UNAUTHENTICATED means invalid', async () => {
  expect(await client.authenticate(TOKEN, 5_000)).toEqual({ outcome: 'invalid', reason: 'refused' });
});

test.each([
  ['UNAVAILABLE', status.UNAVAILABLE],
  ['PERMISSION_DENIED', status.PERMISSION_DENIED],
  ['INTERNAL', status.INTERNAL],
])('%s means that it cannot be decided', async (name, code) => {
  proxy.verdict = { code, details: 'because' };
  proxy.permission = { code, details: 'because' };
  const undecided = { outcome: 'undecidable', why: `auth-proxy: ${name}: because` };
  expect(await client.authenticate(TOKEN, 5_000)).toEqual(undecided);
  expect(await client.checkPermission(QUESTION, 5_000)).toEqual(undecided);
});

test('an answer without a principal decides nothing', async () => {
  proxy.verdict = {};
  expect(await client.authenticate(TOKEN, 5_000)).toMatchObject({ outcome: 'undecidable' });
});

test('permissions are asked once, and again when they changed', async () => {
  expect(await client.checkPermission(QUESTION, 5_000)).toMatchObject({ outcome: 'allowed' });
  proxy.permission = { allowed: false };
  expect(client.checkPermission(QUESTION, 5_000)).toMatchObject({ outcome: 'allowed' });
  client.invalidatePermissions('u-1');
  expect(await client.checkPermission(QUESTION, 5_000)).toMatchObject({ outcome: 'denied' });
  expect(proxy.checked).toMatchObject([QUESTION, QUESTION]);
});

test('a revoked session ends: told by the stream or by the caller', async () => {
  proxy.verdict = GOOD;
  await client.authenticate(TOKEN, 5_000);
  tell(await watcher(1), { sessionId: 's-1', until: timestampFromMs(until) });
  const revoked = { outcome: 'invalid', reason: 'revoked' };
  await eventually(() => expect(client.authenticate(TOKEN, 5_000)).toEqual(revoked));
  proxy.verdict = { ...GOOD, principal: { ...GOOD.principal, sessionId: 's-2' } };
  client.revoke('s-2');
  expect(await client.authenticate({ kind: 'bearer', value: 'other' }, 5_000)).toEqual(revoked);
});

test('the stream is opened again whenever it ends, and says when it is in step', async () => {
  expect(client.state).toBe('connecting');
  const first = await watcher(1);
  tell(first, { synced: true });
  await eventually(() => expect(client.state).toBe('synced'));
  first.end();
  await eventually(() => expect(client.state).toBe('connecting'));
  tell(await watcher(2), { synced: true });
  await eventually(() => expect(states).toEqual(['synced', 'connecting', 'synced']));
});

test('while auth-proxy is down known credentials pass; a new one serves within 2 s', async () => {
  proxy.verdict = GOOD;
  await client.authenticate(TOKEN, 5_000);
  tell(await watcher(1), { synced: true });
  proxy.stop();
  await eventually(() => expect(client.state).toBe('connecting'));
  expect(client.authenticate(TOKEN, 5_000)).toMatchObject({ outcome: 'valid' });
  expect(await client.authenticate({ kind: 'bearer', value: 'new' }, 5_000)).toMatchObject({ outcome: 'undecidable' });
  await proxy.start(port);
  const ask = async () => (await client.authenticate({ kind: 'bearer', value: 'new' }, 1_000)).outcome;
  await eventually(async () => expect(await ask()).toBe('valid'), { within: 2_000 });
  await watcher(2);
});

test('the state is kept whether or not anybody listens', async () => {
  const silent = createAuthClient({
    address: `127.0.0.1:${port}`,
    credentials: credentials.createInsecure(),
    clock: systemClock,
  });
  for (const stream of [await watcher(1), await watcher(2)]) tell(stream, { synced: true });
  await eventually(() => expect(silent.state).toBe('synced'));
  silent.close();
});

test('closing ends the stream for good', async () => {
  const first = await watcher(1);
  const ended = new Promise((resolve) => first.once('cancelled', resolve));
  client.close();
  await ended;
  expect(client.state).toBe('connecting');
  expect(proxy.watchers).toHaveLength(1);
});
