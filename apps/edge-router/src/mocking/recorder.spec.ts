import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { beforeEach, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { parseScenario, ScenarioPlayer } from '@gateway/mocking';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { contextOf, grpcRoute, METHOD } from '../pipeline.fixture';
import { isRecordable, Recorder } from './recorder';

const route = grpcRoute();
if (!isRecordable(route)) throw new Error('a unary route can be recorded');
const path = 'gateway.auth.v1.AuthProxyService/CheckPermission';

let clock: FakeClock;
let recorder: Recorder;

beforeEach(() => {
  clock = fakeClock();
  recorder = new Recorder(clock);
});

const call = (subject: string, answer?: MessageInitShape<typeof METHOD.output>) =>
  contextOf(
    {},
    {
      message: create(METHOD.input, { subject }),
      responseMessage: answer === undefined ? null : create(METHOD.output, answer),
    },
  );

test('what was recorded plays again as it was answered', () => {
  const tape = recorder.recorderFor(route);
  expect([tape.isRecording(), recorder.status(route), recorder.scenario(route)]).toEqual([false, null, null]);
  tape.answered(call('nobody', { allowed: true }));
  recorder.start(route, { forMs: 10_000, calls: 3 });
  tape.answered(call('ada', { allowed: true }));
  tape.answered(call('from the cache'));
  tape.failed(call('bob'), new GatewayError('GW_NOT_FOUND'));
  expect(recorder.status(route)).toEqual({ calls: 2, recording: true });
  const player = new ScenarioPlayer(parseScenario(recorder.scenario(route)!, 'tape'));
  const play = (subject: string) =>
    player.play({ method: path, request: { subject }, header: () => undefined, session: '' });
  expect(play('ada')).toMatchObject({ exact: true, answers: [{ allowed: true }], fault: null });
  expect(play('bob').fault).toEqual({ kind: 'http', code: 'GW_NOT_FOUND', message: '' });
  expect(play('nobody').rule).toBeNull();
});

test('ends after its time and its number of calls, and begins anew', () => {
  const tape = recorder.recorderFor(route);
  recorder.start(route, { forMs: 1_000, calls: 1 });
  expect(tape.isRecording()).toBe(true);
  tape.answered(call('ada', { allowed: true }));
  tape.answered(call('bob', { allowed: true }));
  expect(recorder.status(route)).toEqual({ calls: 1, recording: false });
  recorder.start(route, { forMs: 1_000, calls: 9 });
  clock.advance(1_000);
  expect([tape.isRecording(), recorder.status(route)]).toEqual([false, { calls: 0, recording: false }]);
});
