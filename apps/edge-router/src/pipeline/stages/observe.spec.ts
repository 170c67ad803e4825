import { expect, jest, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, httpRoute, run } from '../../pipeline.fixture';
import { observe, type RouteObserver } from './observe';

function observed() {
  const clock = fakeClock();
  const observer = { started: jest.fn(), ended: jest.fn<RouteObserver['ended']>() };
  return { clock, observer, stage: observe(httpRoute(), { clock, observerFor: () => observer }) };
}

test('counts a request when it starts and when the last byte of its response has gone', async () => {
  const { clock, observer, stage } = observed();
  const context = contextOf();
  const onEnd = jest.fn();
  const response = await run(stage, context, () => answer({ status: 206, onEnd }));
  expect(observer.started).toHaveBeenCalledTimes(1);
  expect(observer.ended).not.toHaveBeenCalled();
  clock.advance(30);
  response.onEnd!({ bytes: 7, complete: false });
  expect(observer.ended).toHaveBeenCalledWith(context, { status: 206, durationMs: 30, bytes: 7, complete: false });
  expect(onEnd).toHaveBeenCalledWith({ bytes: 7, complete: false });
});

test('counts a failure that a protocol answers with 200 as what it is', async () => {
  const { observer, stage } = observed();
  const error = new GatewayError('GW_RATE_LIMITED');
  const response = await run(stage, contextOf({}, { error }), () => answer());
  response.onEnd!({ bytes: 0, complete: true });
  expect(observer.ended.mock.calls[0]![1]).toMatchObject({ status: 429 });
});

test('goes on with the trace of the caller and answers with its own place in it', async () => {
  const { stage } = observed();
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const context = contextOf({ headers: ['traceparent', `00-${trace}-b7ad6b7169203331-01`] });
  const response = await run(stage, context, () => Promise.resolve(answer({ headers: ['x-request-id', 'theirs'] })));
  expect(context.trace).toMatchObject({ traceId: trace, sampled: true });
  expect(context.trace!.spanId).not.toBe('b7ad6b7169203331');
  expect(getHeader(response.headers, 'traceresponse')).toBe(`00-${trace}-${context.trace!.spanId}-01`);
  expect(getHeader(response.headers, 'x-request-id')).toBe('r1');
  response.onEnd!({ bytes: 0, complete: true });
});
