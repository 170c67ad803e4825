import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@bufbuild/protobuf';
import type { PermissionChecker, PermissionQuestion, PermissionVerdict } from '@gateway/identity';
import { fakeClock } from '@gateway/testing';
import { contextOf, grpcRoute, httpRoute, principal, refusal, type RouteGiven, run } from '../../pipeline.fixture';
import { authorize } from './authorize';

class Permissions implements PermissionChecker {
  readonly asked: PermissionQuestion[] = [];
  constructor(private readonly verdict: PermissionVerdict) {}

  checkPermission(question: PermissionQuestion): Promise<PermissionVerdict> {
    this.asked.push(question);
    return Promise.resolve(this.verdict);
  }
}

const ALLOWED = { outcome: 'allowed' } as const;

function stageFor(
  auth: JsonObject,
  permissions: PermissionChecker | null = null,
  given: RouteGiven = {},
  route = httpRoute,
) {
  return authorize(route({ ...given, policy: { auth } }), { clock: fakeClock(), bodyLimit: 1_000, permissions });
}

const asAda = (scopes: string[] = []) => contextOf({}, { principal: principal({ scopes }), captures: ['p%201'] });

describe('authorize', () => {
  test('is there only where something is asked for', () => {
    expect(authorize(httpRoute(), { clock: fakeClock(), bodyLimit: 1, permissions: null })).toBeNull();
    expect(stageFor({ mode: 'REQUIRED' })).toBeNull();
  });

  test('wants every scope', async () => {
    const stage = stageFor({ scopes: ['a', 'b'] });
    await run(stage, asAda(['b', 'a', 'c']));
    const refused = await refusal(stage, asAda(['a']));
    expect(refused.code).toBe('GW_FORBIDDEN');
    expect(refused.context.headers![1]).toBe('Bearer realm="gateway", error="insufficient_scope", scope="a b"');
    expect((await refusal(stage, contextOf())).code).toBe('GW_UNAUTHENTICATED');
  });

  test('asks for the permission on what the path names', async () => {
    const permissions = new Permissions(ALLOWED);
    await run(stageFor({ permission: 'doc:read', resource: 'doc/{id}' }, permissions), asAda());
    expect(permissions.asked).toEqual([{ subject: 'ada', permission: 'doc:read', resource: 'doc/p 1' }]);
  });

  test('asks for the permission on what the body names', async () => {
    const permissions = new Permissions(ALLOWED);
    const stage = stageFor(
      { permission: 'x', resource: '{subject}:{resource}' },
      permissions,
      { body: '*' },
      grpcRoute,
    );
    const context = contextOf({ body: Buffer.from('{"resource":"r1"}') }, { principal: principal(), captures: ['s1'] });
    await run(stage, context);
    expect(permissions.asked[0]!.resource).toBe('s1:r1');
    expect(context.message).not.toBeNull();
  });

  test('says 403 for no and 503 for not knowing', async () => {
    const auth = { permission: 'x' };
    expect((await refusal(stageFor(auth, new Permissions({ outcome: 'denied' })), asAda())).code).toBe('GW_FORBIDDEN');
    const undecidable = new Permissions({ outcome: 'undecidable', why: 'nobody answers' });
    expect(await refusal(stageFor(auth, undecidable), asAda())).toMatchObject({
      code: 'GW_AUTH_UNAVAILABLE',
      context: { cause: 'nobody answers', retryAfter: 1 },
    });
  });

  test('an edge that can ask nobody still checks scopes', async () => {
    await run(stageFor({ scopes: ['a'], permission: 'x' }), asAda(['a']));
  });
});
