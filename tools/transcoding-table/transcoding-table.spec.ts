import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { workspaceDir } from '@gateway/testing';
import { CASES } from './cases';
import { libraryContract } from './library';
import { TABLE_FILE, transcodingTable } from './render';
import { CaseRunner } from './run-case';

const runner = new CaseRunner(libraryContract());

describe.each(CASES)('$title', ({ cases }) => {
  test.each(cases)('$title: $request', (each) => expect(runner.run(each).got).toBe(each.expected));
});

test('each rule of the contract is in some case, and no case stands twice', () => {
  const all = CASES.flatMap(({ cases }) => cases);
  const rules = new Set(all.map((each) => runner.run(each).rule).filter((rule) => rule !== ''));
  const { methods } = libraryContract();
  expect(rules.size).toBe(methods.reduce((sum, { bindings }) => sum + bindings.length, 0));
  expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(all.length);
});

test('the published table is what the cases say now: npm run generate', () => {
  expect(readFileSync(join(workspaceDir(), TABLE_FILE), 'utf8')).toBe(transcodingTable());
});
