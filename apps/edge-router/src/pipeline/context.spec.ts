import { expect, test } from '@jest/globals';
import { contextOf, edgeRequest, endpoint } from '../pipeline.fixture';
import { Cancellation } from './cancellation';
import { RequestContext } from './context';

test('the end of a request is told to whoever waits for its answer', () => {
  const request = edgeRequest();
  let told = 0;
  new RequestContext(request, 0).onCancel(() => (told += 1));
  request.cancel();
  expect(told).toBe(1);
});

test('an attempt of several knows what the request knows, and keeps what it finds to itself until it is adopted', () => {
  const context = contextOf({}, { path: '/a', deadlineAt: 9 });
  const [a, b] = [endpoint('a'), endpoint('b')];
  const first = context.fork(new Cancellation());
  const second = context.fork(new Cancellation());
  first.endpoint = a;
  second.endpoint = b;
  expect([first.path, first.deadlineAt, first.requestId, first.request]).toEqual(['/a', 9, 'r1', context.request]);
  expect(context.endpoint).toBeNull();
  context.adopt(second);
  expect(context.endpoint).toBe(b);
});

test('an attempt can be ended alone', () => {
  const context = contextOf();
  const cancellation = new Cancellation();
  const attempt = context.fork(cancellation);
  const told: string[] = [];
  context.onCancel(() => told.push('request'));
  attempt.onCancel(() => told.push('attempt'));
  cancellation.cancel();
  cancellation.cancel();
  attempt.onCancel(() => told.push('late'));
  expect(told).toEqual(['attempt', 'late']);
});
