import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@bufbuild/protobuf';
import type { Authentication, Authenticator, Credential } from '@gateway/identity';
import { getHeader } from '@gateway/pipeline';
import { fakeClock } from '@gateway/testing';
import { contextOf, httpRoute, principal, refusal, run } from '../../pipeline.fixture';
import { authenticate } from './authenticate';

const ada = principal();
const VERDICTS: Record<string, Authentication> = {
  good: { outcome: 'valid', principal: ada, validUntil: Infinity },
  bad: { outcome: 'invalid', reason: 'expired' },
  unsure: { outcome: 'undecidable', why: 'nobody answers' },
};

/** Knows three tokens, and remembers how it was asked. */
class KnownTokens implements Authenticator {
  readonly asked: [Credential, number][] = [];

  authenticate(credential: Credential, timeoutMs: number): Authentication | Promise<Authentication> {
    this.asked.push([credential, timeoutMs]);
    const verdict = VERDICTS[credential.value]!;
    return credential.value === 'good' ? verdict : Promise.resolve(verdict);
  }

  revoke(): void {}
}

const stageFor = (auth: JsonObject | undefined, authenticator: Authenticator | null = new KnownTokens()) =>
  authenticate(httpRoute({ policy: auth === undefined ? {} : { auth } }), { clock: fakeClock(), authenticator });

const bearer = (token: string) => contextOf({ headers: ['authorization', `Bearer ${token}`] });
const challenge = ({ context }: { context: { headers?: string[] } }) => context.headers;

describe('authenticate', () => {
  test("is there wherever it isn't said to be none", () => {
    expect(stageFor({ mode: 'NONE' })).toBeNull();
    expect(stageFor({ mode: 'REQUIRED' }, null)).toBeNull();
    expect(stageFor(undefined)).not.toBeNull();
  });

  test("finds the principal, within the request's time", async () => {
    const authenticator = new KnownTokens();
    const context = bearer('good');
    context.deadlineAt = 500;
    await run(stageFor({}, authenticator), context);
    expect(context.principal).toBe(ada);
    expect(authenticator.asked).toEqual([[{ kind: 'bearer', value: 'good' }, 500]]);
  });

  test('challenges who has no credential, or a bad one (RFC 6750)', async () => {
    const none = await refusal(stageFor({}), contextOf());
    expect(none.code).toBe('GW_UNAUTHENTICATED');
    expect(challenge(none)).toEqual(['www-authenticate', 'Bearer realm="gateway"']);
    const bad = await refusal(stageFor({}), bearer('bad'));
    expect(challenge(bad)).toEqual(['www-authenticate', 'Bearer realm="gateway", error="invalid_token"']);
    expect(bad.context).toMatchObject({ cause: 'expired' });
    const odd = await refusal(stageFor({}), contextOf({ headers: ['authorization', 'Basic eA=='] }));
    expect(challenge(odd)).toEqual(['www-authenticate', 'Bearer realm="gateway", error="invalid_request"']);
    const two = contextOf({ headers: ['authorization', 'Bearer good', 'authorization', 'Bearer bad'] });
    expect(challenge(await refusal(stageFor({}), two))![1]).toContain('invalid_request');
  });

  describe('of a handshake', () => {
    const offering = (offered: string, more: string[] = [], upgrade = 'websocket') => {
      const headers = ['sec-websocket-protocol', offered, ...more];
      return contextOf({ upgrade }, { headers });
    };
    const offeredTo = ({ headers }: { headers: string[] }) => getHeader(headers, 'sec-websocket-protocol');

    test('takes a token among the subprotocols, which nobody else gets', async () => {
      const context = offering('chat.v2, gateway.bearer.good,chat.v1');
      await run(stageFor({}), context);
      expect([context.principal, offeredTo(context)]).toEqual([ada, 'chat.v2, chat.v1']);
      const keyed = offering('chat.v1, gateway.bearer.good');
      expect((await refusal(stageFor({ credentials: ['API_KEY'] }), keyed)).code).toBe('GW_UNAUTHENTICATED');
      expect(offeredTo(keyed)).toBe('chat.v1');
    });

    test('takes one credential, not two', async () => {
      const twice = offering('chat.v1, gateway.bearer.good', ['authorization', 'Bearer good']);
      for (const context of [offering('gateway.bearer.good, gateway.bearer.bad, chat.v1'), twice])
        expect(challenge(await refusal(stageFor({}), context))![1]).toContain('invalid_request');
    });

    test('waits for the verdict as long as a request of the route would', async () => {
      const authenticator = new KnownTokens();
      await run(stageFor({}, authenticator), offering('chat.v1, gateway.bearer.good'));
      expect(authenticator.asked).toEqual([[{ kind: 'bearer', value: 'good' }, 15_000]]);
    });

    test('refuses one that offers nothing to be spoken', async () => {
      const refused = await refusal(stageFor({}), offering('gateway.bearer.good'));
      expect(refused).toMatchObject({ code: 'GW_BAD_REQUEST', context: { detail: expect.stringContaining('token') } });
    });

    test('leaves others as they are, and requests that are none', async () => {
      const other = offering('chat.v1', ['authorization', 'Bearer good']);
      await run(stageFor({}), other);
      expect([other.principal, offeredTo(other)]).toEqual([ada, 'chat.v1']);
      expect((await refusal(stageFor({}), offering('chat.v1, gateway.bearer.good', [], ''))).code).toBe(
        'GW_UNAUTHENTICATED',
      );
    });
  });

  test('never says 401 for an outage', async () => {
    expect(await refusal(stageFor({}), bearer('unsure'))).toMatchObject({
      code: 'GW_AUTH_UNAVAILABLE',
      context: { retryAfter: 1, cause: 'nobody answers' },
    });
  });

  test('lets strangers in where a credential is optional, but not bad credentials', async () => {
    const context = contextOf();
    await run(stageFor({ mode: 'OPTIONAL' }), context);
    expect(context.principal).toBeNull();
    expect((await refusal(stageFor({ mode: 'OPTIONAL' }), bearer('bad'))).code).toBe('GW_UNAUTHENTICATED');
  });

  test('reads only the kinds that the route accepts', async () => {
    const both = () => contextOf({ headers: ['authorization', 'Bearer bad', 'x-api-key', 'good'] });
    const authenticator = new KnownTokens();
    await run(stageFor({ credentials: ['API_KEY'] }, authenticator), both());
    expect(authenticator.asked[0]![0]).toEqual({ kind: 'api-key', value: 'good' });
    expect((await refusal(stageFor({ credentials: ['BEARER'] }), both())).context.cause).toBe('expired');
    expect((await refusal(stageFor({}), both())).context.detail).toBe('more than one credential');
  });
});
