import { expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { contextOf, grpcRoute, refusal, run } from '../../pipeline.fixture';
import { describeRecord, record } from './record';

const told: string[] = [];
let recording = false;
const recorderFor = () => ({
  isRecording: () => recording,
  begin: () => ({
    answered: () => void told.push('answered'),
    failed: (_context: unknown, error: unknown) => void told.push(`failed: ${(error as GatewayError).code}`),
  }),
});

test('a route that cannot be recorded does without the stage', () => {
  expect(record(grpcRoute(), { recorderFor: () => null })).toBeNull();
});

test('tells what was answered and what failed, while it is switched on', async () => {
  const stage = record(grpcRoute(), { recorderFor });
  await run(stage, contextOf());
  expect([told, describeRecord(grpcRoute(), contextOf(), { recorderFor })]).toEqual([[], { recordsNow: false }]);
  recording = true;
  await run(stage, contextOf());
  const fail = () => {
    throw new GatewayError('GW_NOT_FOUND');
  };
  expect((await refusal(stage, contextOf(), fail)).code).toBe('GW_NOT_FOUND');
  expect(told).toEqual(['answered', 'failed: GW_NOT_FOUND']);
});
