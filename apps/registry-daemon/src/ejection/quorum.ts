import { registryV1 } from '@gateway/contracts';
import { isSame, type Revision } from '../lease/revisions';
import type { Said } from './report';
import type { Opinions } from './report-book';

const { Verdict } = registryV1;

/** One gateway never decides: its own outlier detection serves its own calls. */
const MIN_AGREED = 2;

/** An instance, as opinions are about it. */
export interface Subject {
  readonly id: string;
  readonly generation: Revision;
  /** It is ejected, or is just back: only those have a say who have called it since their last report. */
  readonly onTrial: boolean;
}

/** What those who call an instance say of it. */
export interface Tally {
  /** Who say that it fails or refuses. */
  readonly against: number;
  /** Who say that it answers. */
  readonly answering: number;
  /** Who say anything: those who call it. */
  readonly callers: number;
  /** The reason of one of those against it. */
  readonly why: string;
}

/** Nobody has said anything. */
export const SILENCE: Tally = { against: 0, answering: 0, callers: 0, why: '' };

/** Whether enough agree that it is to be taken out: at least two, and more than half of those who call it. */
export const isConvicted = ({ against, callers }: Tally): boolean => against >= MIN_AGREED && against * 2 > callers;

/** Whether enough agree that it is well, by the same measure. */
export const isCleared = ({ answering, callers }: Tally): boolean => answering >= MIN_AGREED && answering * 2 > callers;

/**
 * A gateway for which more than this share of a service looks bad is more likely to be cut off itself. A single one may
 * be bad however few there are.
 */
const PLAUSIBLE_SHARE = 1 / 3;

/**
 * Counts what gateways say of a service's instances, by instance. What is said of another life of an instance doesn't
 * count, and neither does a gateway to which too much of the service looks bad.
 */
export function tally(subjects: readonly Subject[], opinions: Opinions): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const opinion of opinions.values()) {
    const said = subjects.flatMap((subject) => saidOf(subject, opinion));
    if (!isPlausible(said)) continue;
    for (const each of said) tallies.set(each.id, plus(tallies.get(each.id) ?? SILENCE, each));
  }
  return tallies;
}

type About = Said & { readonly id: string };

function saidOf({ id, generation, onTrial }: Subject, opinion: ReadonlyMap<string, Said>): About[] {
  const said = opinion.get(id);
  return said && isSame(said.generation, generation) && (said.fresh || !onTrial) ? [{ ...said, id }] : [];
}

/** Gateways eject few instances at a time themselves: those whose calls merely fail show how far it reaches. */
function isPlausible(said: readonly About[]): boolean {
  const bad = said.filter(({ verdict }) => verdict !== Verdict.ANSWERING).length;
  return bad <= Math.max(1, said.length * PLAUSIBLE_SHARE);
}

function plus(sum: Tally, { verdict, why }: About): Tally {
  if (verdict === Verdict.UNSPECIFIED) return sum;
  const callers = sum.callers + 1;
  if (verdict === Verdict.ANSWERING) return { ...sum, callers, answering: sum.answering + 1 };
  return { ...sum, callers, against: sum.against + 1, why };
}
