import { hash } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { undecidable, type PermissionChecker, type PermissionQuestion, type Undecidable } from './authentication';
import { ExpiringCache } from './expiring-cache';
import { SingleFlight, within } from './single-flight';

/** What a permission source answers: a verdict that may be reused until then (ms since the epoch), or that it can't say. */
export type PermissionAnswer = { readonly outcome: 'allowed' | 'denied'; readonly validUntil: number } | Undecidable;

/** Whoever knows the permissions. Doesn't throw or reject. */
export interface PermissionSource {
  check(question: PermissionQuestion, timeoutMs: number): Promise<PermissionAnswer>;
}

/** Bounds of what a permission checker remembers. */
export interface PermissionLimits {
  /** Longest reuse of a verdict, in ms. */
  readonly verdictMs: number;
  readonly entries: number;
  /** How long a question that several callers wait for may take, in ms. */
  readonly callMs: number;
}

/** The defaults of `PermissionLimits`. */
export const PERMISSION_LIMITS: PermissionLimits = { verdictMs: 30_000, entries: 50_000, callMs: 3_000 };

/** Longer keys are hashed, so that long resource names can't fill the memory. */
const MAX_KEY_LENGTH = 256;

type Answered = Exclude<PermissionAnswer, Undecidable>;
interface Remembered {
  readonly subject: string;
  readonly answer: Answered;
}

const TOO_SLOW = undecidable('the permission check took too long');

/** A permission checker over a source: remembers verdicts, asks once for equal questions at the same time. */
export class CachingPermissions implements PermissionChecker {
  private readonly limits: PermissionLimits;
  private readonly verdicts: ExpiringCache<Remembered>;
  private readonly flights = new SingleFlight<PermissionAnswer>();
  /** Counts invalidations: an answer that was asked for before one isn't kept. */
  private generation = 0;

  constructor(
    private readonly source: PermissionSource,
    private readonly clock: Clock,
    limits: Partial<PermissionLimits> = {},
  ) {
    this.limits = { ...PERMISSION_LIMITS, ...limits };
    this.verdicts = new ExpiringCache(this.limits.entries, clock);
  }

  checkPermission(question: PermissionQuestion, timeoutMs: number): PermissionAnswer | Promise<PermissionAnswer> {
    const key = keyOf(question);
    const known = this.verdicts.get(key);
    if (known !== undefined) return known.answer;
    const flight = this.flights.run(`${this.generation} ${key}`, () => this.ask(question, key));
    return within<PermissionAnswer>(this.clock, timeoutMs, flight, TOO_SLOW);
  }

  /** Forgets what is known about a subject, or about everybody: permissions changed. */
  invalidate(subject?: string): void {
    this.generation += 1;
    this.verdicts.drop((remembered) => subject === undefined || remembered.subject === subject);
  }

  private async ask(question: PermissionQuestion, key: string): Promise<PermissionAnswer> {
    const { generation } = this;
    const answer = await this.source.check(question, this.limits.callMs);
    if (answer.outcome === 'undecidable') return answer;
    const validUntil = Math.min(answer.validUntil, this.clock.now() + this.limits.verdictMs);
    const bounded: Answered = { outcome: answer.outcome, validUntil };
    if (generation === this.generation)
      this.verdicts.set(key, { subject: question.subject, answer: bounded }, validUntil);
    return bounded;
  }
}

/** Unambiguous: a NUL stands neither in a subject nor in a permission, and the resource is last. */
function keyOf({ subject, permission, resource }: PermissionQuestion): string {
  const key = `${subject}\0${permission}\0${resource}`;
  return key.length > MAX_KEY_LENGTH ? hash('sha256', key, 'base64') : key;
}
