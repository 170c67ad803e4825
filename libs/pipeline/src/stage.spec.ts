import { expect, test } from '@jest/globals';
import type { EdgeResponse } from './message';
import { compose, type Stage } from './stage';

interface Context {
  readonly seen: string[];
}

const response: EdgeResponse = { status: 200, headers: [], body: null };
const marks =
  (name: string): Stage<Context> =>
  (next) =>
  (context) => {
    context.seen.push(name);
    return next(context);
  };

test('stages run outermost first, and an absent one is skipped', () => {
  const seen: string[] = [];
  const handler = compose<Context>([marks('outer'), null, marks('inner')], ({ seen: list }) => {
    list.push('last');
    return response;
  });
  expect(handler({ seen })).toBe(response);
  expect(seen).toEqual(['outer', 'inner', 'last']);
});

test('a stage may answer without asking the rest', () => {
  const answers: Stage<Context> = () => () => response;
  const handler = compose<Context>([answers], () => {
    throw new Error('not reached');
  });
  expect(handler({ seen: [] })).toBe(response);
});

test('without a stage the last one is the handler itself', () => {
  const last = (): EdgeResponse => response;
  expect(compose<Context>([null, null], last)).toBe(last);
});
