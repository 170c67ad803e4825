import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DISCONNECTS } from './disconnects';

test('the README lists every way in which a node ends a connection, and no other', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| (reconnect|give up) /gm)].map(([, code, then]) => [code, then]);
  const table = Object.entries(DISCONNECTS).map(([code, { then }]) => [code, then.replace('-', ' ')]);
  expect(rows.toSorted()).toEqual(table.toSorted());
});
