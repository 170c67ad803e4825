import { isSame, type Revision } from '../lease/revisions';
import { isCleared, isConvicted, SILENCE, tally, type Tally } from './quorum';
import type { Opinions } from './report-book';

/** Times of ejection, in milliseconds. */
export const EJECTION_MS = {
  /** The first one; each next one is that much longer. */
  base: 30_000,
  max: 300_000,
  /** Not even those who answer for it end one earlier. */
  min: 10_000,
  /** How long an instance that is back stays on trial. */
  trial: 30_000,
  /** Being well that long makes up for what was. */
  forgiven: 300_000,
} as const;

/** How many of a service's instances may be out at a time: a tenth, but one when there are two or more. */
export const maxEjected = (instances: number): number => (instances < 2 ? 0 : Math.max(1, Math.floor(instances / 10)));

/** An instance that is ready, when ejections are decided. */
export interface Candidate {
  readonly id: string;
  readonly generation: Revision;
  /** The registry's own checks don't fail on it. */
  readonly healthy: boolean;
  /** Another daemon has ejected it, until then (monotonic milliseconds); null: nobody has. */
  readonly ejectedUntil: number | null;
}

/** An ejection. */
export interface Sentence {
  readonly id: string;
  readonly generation: Revision;
  readonly why: string;
  readonly agreed: number;
  readonly reporters: number;
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly until: number;
}

/** What a decision changed. */
export interface Judgement {
  readonly begun: readonly Sentence[];
  readonly ended: readonly Sentence[];
}

/** What is remembered of an instance that was ejected. */
interface Past {
  readonly generation: Revision;
  readonly times: number;
  /** Monotonic milliseconds; Infinity while it is out. */
  readonly backSince: number;
}

/**
 * Which instances of one service are out. Everything depends on what is passed in; time is monotonic milliseconds.
 * Nothing is ever ejected beyond the cap, nor the last instance that can be used; when instances go and the cap shrinks,
 * or the others fail, those who were out longest come back.
 */
export class ServiceEjections {
  readonly #out = new Map<string, Sentence>();
  readonly #past = new Map<string, Past>();

  /** Those who are out, by instance. */
  get out(): ReadonlyMap<string, Sentence> {
    return this.#out;
  }

  /** @param candidates the service's instances that are ready */
  judge(candidates: readonly Candidate[], opinions: Opinions, now: number): Judgement {
    this.#forget(candidates, now);
    for (const candidate of candidates) this.#adopt(candidate, now);
    const tallies = tally(
      candidates.map(({ id, generation }) => ({ id, generation, onTrial: this.#isOnTrial(id, now) })),
      opinions,
    );
    const ended = [...this.#release(tallies, now), ...this.#releaseSurplus(candidates, now)];
    const begun = this.#eject(candidates, tallies, now);
    return { begun, ended };
  }

  /** What is known of instances that are gone, live again, or have been well for long. */
  #forget(candidates: readonly Candidate[], now: number): void {
    const generations = new Map(candidates.map(({ id, generation }) => [id, generation]));
    const isGone = (id: string, generation: Revision): boolean => {
      const current = generations.get(id);
      return !current || !isSame(current, generation);
    };
    for (const { id, generation } of this.#out.values()) if (isGone(id, generation)) this.#out.delete(id);
    for (const [id, { generation, backSince }] of this.#past)
      if (isGone(id, generation) || now - backSince >= EJECTION_MS.forgiven) this.#past.delete(id);
  }

  /** Goes on with an ejection that another daemon began. */
  #adopt({ id, generation, ejectedUntil }: Candidate, now: number): void {
    if (ejectedUntil === null || this.#past.has(id)) return;
    const until = Math.min(ejectedUntil, now + EJECTION_MS.max);
    this.#past.set(id, { generation, times: 1, backSince: Infinity });
    this.#out.set(id, { id, generation, why: '', agreed: 0, reporters: 0, since: now, until });
  }

  /** From its ejection until some time after it. */
  #isOnTrial(id: string, now: number): boolean {
    const past = this.#past.get(id);
    return past !== undefined && now - past.backSince < EJECTION_MS.trial;
  }

  /** Ends what has lasted its time, or what enough gateways answer for. */
  #release(tallies: ReadonlyMap<string, Tally>, now: number): Sentence[] {
    const over = [...this.#out.values()].filter(({ id, since, until }) => {
      const isWell = now - since >= EJECTION_MS.min && isCleared(tallies.get(id) ?? SILENCE);
      return now >= until || isWell;
    });
    return over.map((sentence) => this.#bringBack(sentence, now));
  }

  #releaseSurplus(candidates: readonly Candidate[], now: number): Sentence[] {
    const back: Sentence[] = [];
    const longestFirst = [...this.#out.values()].sort((one, other) => one.since - other.since);
    while (this.#out.size > maxEjected(candidates.length)) back.push(this.#bringBack(longestFirst.shift()!, now));
    const healthy = new Set(candidates.flatMap(({ id, healthy: isHealthy }) => (isHealthy ? [id] : [])));
    const needed = longestFirst.find(({ id }) => healthy.has(id));
    if (needed && this.#usable(candidates) === 0) back.push(this.#bringBack(needed, now));
    return back;
  }

  #bringBack(sentence: Sentence, now: number): Sentence {
    const { id } = sentence;
    this.#out.delete(id);
    this.#past.set(id, { ...this.#past.get(id)!, backSince: now });
    return sentence;
  }

  /** Those on whom most agree first. What the registry's own checks have taken out already isn't worth a place. */
  #eject(candidates: readonly Candidate[], tallies: ReadonlyMap<string, Tally>, now: number): Sentence[] {
    const begun: Sentence[] = [];
    const convicted = candidates
      .filter(({ id, healthy }) => healthy && !this.#out.has(id))
      .map((candidate) => ({ ...candidate, tally: tallies.get(candidate.id) ?? SILENCE }))
      .filter((each) => isConvicted(each.tally))
      .sort((one, other) => byAgreement(one.tally, other.tally));
    for (const { id, generation, tally: said } of convicted) {
      if (this.#out.size >= maxEjected(candidates.length) || this.#usable(candidates) <= 1) break;
      begun.push(this.#takeOut(id, generation, said, now));
    }
    return begun;
  }

  #takeOut(id: string, generation: Revision, { why, against, callers }: Tally, now: number): Sentence {
    const times = (this.#past.get(id)?.times ?? 0) + 1;
    const until = now + Math.min(EJECTION_MS.base * times, EJECTION_MS.max);
    const sentence: Sentence = { id, generation, why, agreed: against, reporters: callers, since: now, until };
    this.#past.set(id, { generation, times, backSince: Infinity });
    this.#out.set(id, sentence);
    return sentence;
  }

  #usable(candidates: readonly Candidate[]): number {
    return candidates.filter(({ id, healthy }) => healthy && !this.#out.has(id)).length;
  }
}

/** The greater share first; of equal ones that of more gateways. */
const byAgreement = (one: Tally, other: Tally): number =>
  other.against / other.callers - one.against / one.callers || other.callers - one.callers;
