import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { errorReference } from './reference';
import { ERRORS } from './table';

const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');

/** What a person wrote or pasted, without Prettier's padding. */
const unpadded = (markdown: string): string =>
  markdown.replace(/ +/g, ' ').replace(/-{3,}/g, '---').replace(/-+:/g, '--:');

test('the README lists the errors of the table and no others', () => {
  const table = readme.split('\n').filter((line) => line.startsWith('|'));
  expect(unpadded(table.join('\n'))).toBe(unpadded(errorReference()));
});

test('each error that the README names exists', () => {
  const named = new Set(readme.match(/GW_[A-Z_]+/g));
  expect([...named].sort()).toEqual(Object.keys(ERRORS).sort());
});
