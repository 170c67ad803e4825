import { expect, test } from '@jest/globals';
import { answer, contextOf, grpcRoute, run } from '../../pipeline.fixture';
import { standalonePorts } from '../../pipeline.ports.fixture';
import { mock } from './mock';

test('a route that is never mocked does without the stage', () => {
  expect(mock(grpcRoute(), standalonePorts())).toBeNull();
});

test('answers as long as the route is mocked, and lets pass from then on', async () => {
  let mocking = true;
  const responder = { isMocking: () => mocking, answer: () => answer({ status: 201 }) };
  const stage = mock(grpcRoute(), { ...standalonePorts(), mockFor: () => responder });
  expect((await run(stage, contextOf())).status).toBe(201);
  mocking = false;
  expect((await run(stage, contextOf())).status).toBe(200);
});
