import { registryV1 } from '@gateway/contracts';
import type { Revision } from '../lease/revisions';
import type { Report, Said } from './report';
import type { Opinions } from './report-book';

const { Verdict } = registryV1;

/** The generation of every instance in these tests. */
export const GENERATION: Revision = { epoch: 'e', n: 1n };

/** `+` answers, `-` fails, `x` refuses, `~` fails by an old opinion, `?` failed and isn't judged; a blank says nothing. */
export type Sign = '+' | '-' | 'x' | '~' | '?' | ' ';

const SAID: Readonly<Record<Exclude<Sign, ' '>, Said>> = {
  '+': { generation: GENERATION, verdict: Verdict.ANSWERING, fresh: true, why: '' },
  '-': { generation: GENERATION, verdict: Verdict.FAILING, fresh: true, why: 'failing' },
  x: { generation: GENERATION, verdict: Verdict.REFUSING, fresh: true, why: 'refused' },
  '~': { generation: GENERATION, verdict: Verdict.FAILING, fresh: false, why: 'failed' },
  '?': { generation: GENERATION, verdict: Verdict.UNSPECIFIED, fresh: true, why: '' },
};

/** One gateway's signs on instances `a`, `b`, `c`, … */
export const saidBy = (signs: string): ReadonlyMap<string, Said> =>
  new Map(
    [...signs].flatMap((sign, at) =>
      sign === ' ' ? [] : [[String.fromCharCode(97 + at), SAID[sign as Exclude<Sign, ' '>]] as const],
    ),
  );

/** One line of signs per gateway. */
export const opinionsOf = (...lines: readonly string[]): Opinions =>
  new Map(lines.map((line, at) => [`edge-${at}`, saidBy(line)]));

/** A report on `demo-service`. */
export const reportFixture = (reporter: string, signs: string, validMs = 10_000): Report => ({
  reporter,
  validMs,
  services: new Map([['demo-service', saidBy(signs)]]),
});
