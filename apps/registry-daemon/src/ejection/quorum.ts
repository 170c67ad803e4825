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

/** One gateway's word on one instance. */
interface Voice {
  readonly id: string;
  readonly against: boolean;
  readonly why: string;
}

/**
 * Counts what gateways say of a service's instances, by instance. What is said of another life of an instance doesn't
 * count, and neither does a gateway that accuses most of what it calls: it is more likely to be cut off itself.
 */
export function tally(subjects: readonly Subject[], opinions: Opinions): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const said of opinions.values()) {
    const voices = subjects.flatMap((subject) => voiceOn(subject, said.get(subject.id)));
    if (!isPlausible(voices)) continue;
    for (const voice of voices) tallies.set(voice.id, plus(tallies.get(voice.id) ?? SILENCE, voice));
  }
  return tallies;
}

function voiceOn({ id, generation, onTrial }: Subject, said: Said | undefined): Voice[] {
  if (!said || !isSame(said.generation, generation)) return [];
  if (onTrial && !said.fresh) return [];
  return [{ id, against: said.verdict !== Verdict.ANSWERING, why: said.why }];
}

function isPlausible(voices: readonly Voice[]): boolean {
  const accused = voices.filter(({ against }) => against).length;
  return accused <= 1 || accused * 2 <= voices.length;
}

const plus = (sum: Tally, { against, why }: Voice): Tally => ({
  against: sum.against + (against ? 1 : 0),
  answering: sum.answering + (against ? 0 : 1),
  callers: sum.callers + 1,
  why: against ? why : sum.why,
});
