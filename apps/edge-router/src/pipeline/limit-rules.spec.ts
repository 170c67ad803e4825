import { describe, expect, test } from '@jest/globals';
import { create, type JsonObject } from '@bufbuild/protobuf';
import type { LimitCheck, Limiter, Outcome } from '@gateway/rate-limit';
import type { RequestContext } from './context';
import { contextOf, grpcRoute, httpRoute, METHOD, principal, refusal, run } from '../pipeline.fixture';
import { limitByClient } from './stages/limit-by-client';
import { limitByField } from './stages/limit-by-field';
import { limitByPrincipal } from './stages/limit-by-principal';

/** Allows everything but what `over` names, and remembers what it was asked. */
class RecordingLimiter implements Limiter {
  readonly asked: LimitCheck[] = [];
  constructor(private readonly over: string[] = []) {}

  take(): never {
    throw new Error('not used');
  }

  takeAll(checks: readonly LimitCheck[]): Outcome {
    this.asked.push(...checks);
    const decisions = checks.map(({ rule }) => {
      const allowed = !this.over.includes(rule.name);
      return {
        allowed,
        limit: 5,
        remaining: 1,
        resetSeconds: 9,
        retryAfterSeconds: allowed ? 0 : 9,
        store: 'local' as const,
      };
    });
    return { allowed: decisions.every(({ allowed }) => allowed), decisions };
  }
}

const STAGES = { client: limitByClient, principal: limitByPrincipal, field: limitByField };
const limit = (given: JsonObject): JsonObject => ({ name: 'few', requests: 5, window: '60s', ...given });

/** Where a rule is checked and under which key. */
async function keyed(rule: JsonObject, context: RequestContext, route = httpRoute): Promise<unknown> {
  const found: unknown[] = [];
  for (const [place, stage] of Object.entries(STAGES)) {
    const limiter = new RecordingLimiter();
    const made = stage(route({ policy: { rateLimits: [limit(rule)] } }), { limiter });
    if (made === null) continue;
    await run(made, context);
    found.push(place, ...limiter.asked.map(({ key }) => key));
  }
  return found;
}

const anonymous = () => contextOf({}, { clientAddress: '10.0.0.1', captures: ['7'] });
const user = () => contextOf({}, { clientAddress: '10.0.0.1', principal: principal(), captures: ['7'] });
const headers = () => contextOf({ headers: ['x-tenant', 'acme'] }, { clientAddress: '10.0.0.1' });

describe('keys', () => {
  test.each<[JsonObject, () => RequestContext, unknown]>([
    [{ by: ['ip'] }, user, ['client', 'ip 10.0.0.1']],
    [{}, user, ['client', '[]']],
    [{ by: ['header:X-Tenant'] }, headers, ['client', 'acme']],
    [{ by: ['header:x-other'] }, headers, ['client', '']],
    [{ by: ['ip', 'header:x-tenant'] }, headers, ['client', '["ip 10.0.0.1","acme"]']],
    [{ userBased: true }, user, ['principal', 'user https://issuer ada']],
    [{ userBased: true }, anonymous, ['principal', 'ip 10.0.0.1']],
    [{ by: ['user', 'ip'] }, user, ['principal', '["user https://issuer ada","ip 10.0.0.1"]']],
    [{ by: ['api_key'] }, user, ['principal', 'user https://issuer ada']],
    [{ by: ['api_key'] }, () => contextOf({}, { principal: principal({ kind: 'api-key' }) }), ['principal', 'key ada']],
    [{ by: ['field:id'] }, user, ['field', '7']],
    [{ by: ['user', 'field:id'] }, user, ['field', '["user https://issuer ada","7"]']],
    [{ by: ['field:nope'] }, user, ['field', '']],
  ])('%j', async (rule, context, expected) => expect(await keyed(rule, context())).toEqual(expected));

  test("of a message's field", async () => {
    const message = create(METHOD.input, { subject: 'bob' });
    expect(await keyed({ by: ['field:subject'] }, contextOf({}, { message }), grpcRoute)).toEqual(['field', 'bob']);
    expect(await keyed({ by: ['field:subject'] }, contextOf(), grpcRoute)).toEqual(['field', '']);
  });
});

describe('rules', () => {
  test("are what the policy says, in the route's own scope", async () => {
    const limiter = new RecordingLimiter();
    const policy = {
      rateLimits: [
        limit({ by: ['ip'], burstLimit: 2, cost: 3, shadow: true, onStoreDown: 'DENY' }),
        limit({ name: 'more', onStoreDown: 'ALLOW' }),
      ],
    };
    await run(limitByClient(httpRoute({ policy }), { limiter }), anonymous());
    expect(limiter.asked).toMatchObject([
      { cost: 3, rule: { name: 'few', requests: 5, windowMs: 60_000, burst: 2, shadow: true, onStoreDown: 'deny' } },
      { cost: 1, rule: { name: 'more', onStoreDown: 'allow' } },
    ]);
    const elsewhere = new RecordingLimiter();
    await run(limitByClient({ ...httpRoute({ policy }), scope: 'other' }, { limiter: elsewhere }), anonymous());
    expect(elsewhere.asked[0]!.rule.id).not.toBe(limiter.asked[0]!.rule.id);
  });

  test('leave every check and decision for the headers, also when one refuses', async () => {
    const context = anonymous();
    const policy = { rateLimits: [limit({ by: ['ip'] }), limit({ name: 'over' })] };
    const stage = limitByClient(httpRoute({ policy }), { limiter: new RecordingLimiter(['over']) });
    expect(await refusal(stage, context)).toMatchObject({
      code: 'GW_RATE_LIMITED',
      context: { violatedPolicies: ['over'], retryAfter: 9 },
    });
    expect(context.limitChecks.map(({ rule }) => rule.name)).toEqual(['few', 'over']);
    expect(context.limitDecisions.map(({ allowed }) => allowed)).toEqual([true, false]);
  });

  test('cost nothing where there are none', () => {
    for (const stage of Object.values(STAGES))
      expect(stage(httpRoute(), { limiter: new RecordingLimiter() })).toBeNull();
  });
});
