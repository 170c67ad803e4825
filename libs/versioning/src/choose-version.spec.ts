import { describe, expect, test } from '@jest/globals';
import { chooseVersion, type VersionOffer } from './choose-version';

const OFFER: VersionOffer = { versions: ['v1', 'v2', 'v3'], fallback: null, vendor: 'acme' };

interface Asked {
  header?: string;
  accept?: string;
  /** Versions that have the resource. */
  having?: readonly string[];
  ended?: readonly string[];
  fallback?: string | null;
}

const choose = ({ header, accept, having = ['v1', 'v2'], ended = [], fallback = null }: Asked) =>
  chooseVersion(
    { ...OFFER, fallback },
    {
      header,
      accept,
      find: (version) => (having.includes(version) ? version : null),
      yields: (version) => ended.includes(version),
    },
  );

const chosen = (by: string, version: string) => ({ kind: 'chosen', by, version, found: version });
const V2 = 'application/vnd.acme.v2+json';
const V3 = 'application/vnd.acme.v3+json';

describe('a version is chosen by', () => {
  test.each<[string, Asked, object]>([
    ['the header', { header: 'v2' }, chosen('header', 'v2')],
    ['its number in the header', { header: '2' }, chosen('header', 'v2')],
    ['the header before Accept', { header: 'v1', accept: V2 }, chosen('header', 'v1')],
    ['Accept', { accept: V2 }, chosen('accept', 'v2')],
    ['Accept, the first that exists', { accept: `${V3}, ${V2};q=0.5` }, chosen('accept', 'v2')],
    ['the default where others are accepted', { accept: `${V3}, */*;q=0.1` }, chosen('default', 'v1')],
    ['the default where the header is empty', { header: '', accept: '*/*' }, chosen('default', 'v1')],
    ['the oldest that has it', { having: ['v2', 'v3'] }, chosen('default', 'v2')],
    ['the oldest that has not ended', { ended: ['v1'] }, chosen('default', 'v2')],
    ['the oldest when all have ended', { ended: ['v1', 'v2'] }, chosen('default', 'v1')],
    ['what is configured', { fallback: 'v2' }, chosen('default', 'v2')],
  ])('%s', (_name, asked, expected) => expect(choose(asked)).toEqual(expected));
});

test.each<[string, Asked, string, string]>([
  ['a header that names none', { header: 'v9' }, 'header', 'v9'],
  ['a header that names one without the resource', { header: 'v3' }, 'header', 'v3'],
  ['Accept without one that exists', { accept: V3 }, 'accept', 'v3'],
  ['a default without the resource', { fallback: 'v3' }, 'default', 'v3'],
])('%s is told which ones there are', (_name, asked, by, name) =>
  expect(choose(asked)).toEqual({ kind: 'missing', by, asked: name, versions: ['v1', 'v2'] }),
);

test.each<Asked>([{}, { header: 'v1' }, { accept: V2 }, { fallback: 'v1' }])(
  'a resource of no version has none, %j',
  (asked) => expect(choose({ ...asked, having: [] })).toEqual({ kind: 'none' }),
);

test('a version that is not offered is not looked for', () => {
  const find = (): never => {
    throw new Error('looked');
  };
  const question = { header: 'v1', accept: undefined, find, yields: () => false };
  expect(chooseVersion({ ...OFFER, versions: [] }, question)).toEqual({ kind: 'none' });
});
