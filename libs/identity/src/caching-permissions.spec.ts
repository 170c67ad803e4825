import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { CachingPermissions, type PermissionAnswer, type PermissionQuestion } from './index';

const QUESTION: PermissionQuestion = { subject: 'u-1', permission: 'project:read', resource: 'p1' };

/** A source that answers as the test says, and counts. */
class Source {
  asked: PermissionQuestion[] = [];
  answer: () => PermissionAnswer | Promise<PermissionAnswer> = () => ({ outcome: 'allowed', validUntil: Infinity });

  check = async (question: PermissionQuestion): Promise<PermissionAnswer> => {
    this.asked.push(question);
    return this.answer();
  };
}

function start() {
  const clock = fakeClock();
  const source = new Source();
  const permissions = new CachingPermissions(source, clock, { verdictMs: 30_000 });
  const ask = (overrides: Partial<PermissionQuestion> = {}) =>
    permissions.checkPermission({ ...QUESTION, ...overrides }, 1_000);
  return { clock, source, permissions, ask };
}

test.each(['allowed', 'denied'] as const)('remembers that something is %s, until its end', async (outcome) => {
  const { clock, source, ask } = start();
  source.answer = () => ({ outcome, validUntil: Infinity });
  expect(await ask()).toEqual({ outcome, validUntil: clock.now() + 30_000 });
  expect(ask()).toMatchObject({ outcome });
  clock.advance(30_000);
  await ask();
  expect(source.asked).toHaveLength(2);
});

test('a verdict ends when its source says so', async () => {
  const { clock, source, ask } = start();
  source.answer = () => ({ outcome: 'allowed', validUntil: clock.now() + 10 });
  await ask();
  clock.advance(10);
  await ask();
  expect(source.asked).toHaveLength(2);
});

test('every part of the question counts, also in long ones', async () => {
  const { source, ask } = start();
  const long = 'r'.repeat(300);
  const questions = [
    {},
    { subject: 'u-2' },
    { permission: 'project:write' },
    { resource: 'p2' },
    { resource: long },
    { resource: `${long}!` },
  ];
  for (const question of questions) await ask(question);
  for (const question of questions) expect(ask(question)).toMatchObject({ outcome: 'allowed' });
  expect(source.asked).toHaveLength(questions.length);
});

test('what cannot be decided is not remembered', async () => {
  const { source, ask } = start();
  source.answer = () => ({ outcome: 'undecidable', why: 'down' });
  expect(await ask()).toEqual({ outcome: 'undecidable', why: 'down' });
  source.answer = () => ({ outcome: 'denied', validUntil: Infinity });
  expect(await ask()).toMatchObject({ outcome: 'denied' });
});

test('equal questions at the same time are asked once, and nobody waits longer than it said', async () => {
  const { clock, source, ask } = start();
  source.answer = () => new Promise<PermissionAnswer>(() => {});
  const waiting = [ask(), ask()];
  clock.advance(1_000);
  for (const each of waiting) expect(await each).toMatchObject({ outcome: 'undecidable' });
  expect(source.asked).toHaveLength(1);
});

test('a change of permissions drops the verdicts of its subject, or all', async () => {
  const { source, permissions, ask } = start();
  await ask();
  await ask({ subject: 'u-2' });
  permissions.invalidate('u-1');
  await ask();
  await ask({ subject: 'u-2' });
  expect(source.asked.map((question) => question.subject)).toEqual(['u-1', 'u-2', 'u-1']);
  permissions.invalidate();
  await ask({ subject: 'u-2' });
  expect(source.asked).toHaveLength(4);
});

test('an answer that was asked for before the change is not kept, nor shared with those who ask after it', async () => {
  const { source, permissions, ask } = start();
  let answer: (verdict: PermissionAnswer) => void = () => {};
  source.answer = () => new Promise((resolve) => (answer = resolve));
  const before = ask();
  permissions.invalidate('u-1');
  source.answer = () => ({ outcome: 'denied', validUntil: Infinity });
  expect(await ask()).toMatchObject({ outcome: 'denied' });
  answer({ outcome: 'allowed', validUntil: Infinity });
  expect(await before).toMatchObject({ outcome: 'allowed' });
  expect(ask()).toMatchObject({ outcome: 'denied' });
});

test('limits have defaults', async () => {
  const { clock, source } = start();
  expect(await new CachingPermissions(source, clock).checkPermission(QUESTION, 1_000)).toMatchObject({
    validUntil: clock.now() + 30_000,
  });
});
