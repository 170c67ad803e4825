import { Channel, credentials, Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import type { ChannelCall } from './channel-call';
import { atEnd } from './grpc-pool.fixture';
import { lateStatus, reportStatusLate } from './late-status';
import { StreamCall } from './stream-call';
import { readAll, startStreams } from './stream.fixture';

async function channelTo() {
  const { address } = await startStreams();
  const channel = new Channel(address, credentials.createInsecure(), {});
  atEnd(() => channel.close());
  return channel;
}

/** A call of a grpc-js that keeps its streams elsewhere. */
const closed = (call: ChannelCall): ChannelCall =>
  new Proxy(call, {
    get: (target, key) => {
      const value = Reflect.get(target, key) as unknown;
      if (key === 'child') return undefined;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

describe('a status that is to come late', () => {
  test('finds the stream where this version of grpc-js keeps it', async () => {
    const channel = await channelTo();
    const call = channel.createCall('/test.v1.Streams/Count', Infinity, null, null, null);
    const isFound = await new Promise<boolean>((resolve) => {
      call.start(new Metadata(), {
        onReceiveMetadata: () => resolve(reportStatusLate(call)),
        onReceiveMessage: () => undefined,
        onReceiveStatus: () => undefined,
      });
      call.sendMessageWithContext({}, Buffer.from('1'));
      call.halfClose();
    });
    if (!isFound)
      throw new Error(
        'This version of @grpc/grpc-js keeps the HTTP/2 stream of a call elsewhere. Until late-status.ts knows where, ' +
          'readers that are slow lose the messages in front of a status other than OK.',
      );
  });

  test('is the right one, and comes when it will, where there is no stream to be found', async () => {
    const channel = await channelTo();
    const elsewhere = {
      createCall: (...given: Parameters<Channel['createCall']>) => closed(channel.createCall(...given)),
    };
    const ended: unknown[] = [];
    const stream = new StreamCall({
      channel: elsewhere as Channel,
      ...{ path: '/test.v1.Streams/Count', deadline: Infinity, options: { metadata: [] } },
      ended: (error) => ended.push(error),
    });
    stream.send(Buffer.from('3!'));
    stream.end();
    const refusal = { status: status.FAILED_PRECONDITION, details: 'no further', trailers: ['x-why', 'because'] };
    expect((await readAll(stream)).error).toMatchObject(refusal);
    expect(ended).toEqual([expect.objectContaining(refusal)]);
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['no call below', { child: null }],
    ['no attempts', { child: {} }],
    ['attempts in another form', { child: { underlyingCalls: { 0: {} } } }],
    ['an attempt that is none', { child: { underlyingCalls: [null, {}] } }],
    ['an attempt without a call', { child: { underlyingCalls: [{ call: null }] } }],
    ['a call without a stream', { child: { underlyingCalls: [{ call: { child: null } }, { call: { child: {} } }] } }],
    ['a stream of another kind', { child: { underlyingCalls: [{ call: { child: { http2Stream: { on: 1 } } } }] } }],
  ])('is left as it is by a call with %s', (_, call) => {
    expect(reportStatusLate(call as ChannelCall)).toBe(false);
    const reported: StatusObject = { code: status.NOT_FOUND, details: 'gone', metadata: new Metadata() };
    expect(lateStatus(reported)).toEqual(reported);
  });
});
