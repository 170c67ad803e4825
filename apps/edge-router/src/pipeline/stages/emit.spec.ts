import { describe, expect, test } from '@jest/globals';
import { create, type JsonValue } from '@bufbuild/protobuf';
import type { DomainEvent } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, grpcRoute, httpRoute, METHOD, principal, run } from '../../pipeline.fixture';
import type { RequestContext } from '../context';
import { emit } from './emit';

/** Events in the order of what was done with them. */
function recorder(failure?: Error) {
  const done: [string, DomainEvent | string][] = [];
  const ports = {
    clock: fakeClock({ now: Date.UTC(2026, 0, 31) }),
    origin: 'edge-1',
    invalidateLocally: (event: DomainEvent) => void done.push(['invalidated', event]),
    publish: (event: DomainEvent) => {
      done.push(['published', event]);
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    },
    onUnpublished: (event: string) => void done.push(['unpublished', event]),
  };
  return { done, ports };
}

const emits = (fields: JsonValue[], room = '') => ({ policy: { emits: [{ event: 'doc_changed', fields, room }] } });

/** The fields and room of the one event that a call publishes. */
async function published(given: ReturnType<typeof emits>, context: RequestContext, route = grpcRoute) {
  const { done, ports } = recorder();
  await run(emit(route(given), ports), context);
  const { fields, room } = done[1]![1] as DomainEvent;
  return { fields, room };
}

describe('emit', () => {
  test('invalidates here, then publishes, before the answer leaves', async () => {
    const { done, ports } = recorder();
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false };
    const context = contextOf({}, { captures: ['7'], trace });
    let answered = false;
    const stage = emit(httpRoute(emits(['id'], 'doc:{id}')), ports);
    const response = await run(stage, context, () => {
      answered = true;
      expect(done).toEqual([]);
      return answer();
    });
    expect([answered, response.status]).toEqual([true, 200]);
    expect(done.map(([what]) => what)).toEqual(['invalidated', 'published']);
    expect(done[1]![1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'doc_changed',
      time: '2026-01-31T00:00:00.000Z',
      origin: 'edge-1',
      traceparent: `00-${trace.traceId}-${trace.spanId}-00`,
      fields: { id: '7' },
      room: 'doc:7',
    });
  });

  test('publishes nothing of a call that failed', async () => {
    const { done, ports } = recorder();
    const stage = emit(httpRoute(emits([])), ports);
    await run(stage, contextOf(), () => answer({ status: 404 }));
    await expect(run(stage, contextOf(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(done).toEqual([]);
  });

  test('does not fail a call whose event cannot be confirmed', async () => {
    const { done, ports } = recorder(new Error('the bus is away'));
    expect((await run(emit(httpRoute(emits([])), ports), contextOf())).status).toBe(200);
    expect(done.at(-1)).toEqual(['unpublished', 'doc_changed']);
  });

  test('is there only where something is declared', () => {
    expect(emit(httpRoute(), recorder().ports)).toBeNull();
  });
});

describe('fields', () => {
  const message = create(METHOD.input, { subject: 'bob', permission: '', resource: 'r' });
  const responseMessage = create(METHOD.output, { allowed: true });

  test('come from the request, then from the response', async () => {
    const context = contextOf({}, { message, responseMessage });
    expect(await published(emits(['subject', 'allowed', 'nope']), context)).toMatchObject({
      fields: { subject: 'bob', allowed: 'true' },
    });
    const cached = contextOf({}, { message });
    expect((await published(emits(['allowed']), cached)).fields).toEqual({});
  });

  test('of the principal cannot be claimed by the request', async () => {
    const given = emits(['user_id', 'session_id']);
    const context = contextOf({}, { principal: principal(), captures: ['mallory'] });
    expect((await published(given, context, () => httpRoute({ ...given, path: '/a/{user_id}' }))).fields).toEqual({
      user_id: 'ada',
      session_id: 's1',
    });
    const anonymous = contextOf({}, { captures: ['bob'] });
    expect((await published(given, anonymous, () => httpRoute({ ...given, path: '/a/{user_id}' }))).fields).toEqual({
      user_id: 'bob',
    });
  });

  test('that a route does not have are left out', async () => {
    expect(await published(emits(['nope'], 'x:{nope}'), contextOf(), httpRoute)).toEqual({ fields: {}, room: 'x:' });
  });
});
