import type { JsonObject } from '@bufbuild/protobuf';
import { SeededRandom } from '../random';
import { holds } from './condition';
import { drawLatency } from './distribution';
import { fieldValue } from './field-value';
import type { Fault, RuleConditions, Scenario } from './scenario';
import { fillObject } from './template';

/** A call, as scenarios see it. */
export interface ScenarioCall {
  /** The gRPC path without its first slash. */
  readonly method: string;
  /** In proto JSON. */
  readonly request: JsonObject;
  /** The value of a header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Whose story it is. */
  readonly session: string;
}

/** What becomes of a call. */
export interface Decision {
  /** The rule's index; null: none fits. */
  readonly rule: number | null;
  /** What goes over the made-up answers, or stands in their place; empty: nothing. */
  readonly answers: readonly JsonObject[];
  readonly exact: boolean;
  readonly latencyMs: number;
  readonly fault: Fault | null;
  /** For what else is made up for this call. */
  readonly seed: string;
}

/** Where a session stands. */
export interface SessionState {
  readonly session: string;
  readonly state: string;
  /** All of its calls. */
  readonly calls: number;
}

interface Session {
  state: string;
  calls: number;
  /** By rule: the calls that it was for, but for what it says of their number. */
  readonly counts: Map<number, number>;
}

/** Sessions that are kept; the one that was used least recently goes first, and begins anew. */
const MAX_SESSIONS = 1_000;

/** Plays a scenario: knows where each session stands. */
export class ScenarioPlayer {
  private readonly sessions = new Map<string, Session>();

  constructor(readonly scenario: Scenario) {}

  /** Counts a call, decides on it, and moves the session on. */
  play(call: ScenarioCall): Decision {
    const { name, seed, rules } = this.scenario;
    const session = this.sessionOf(call.session);
    const root = `${seed}\n${name}\n${call.session}\n${++session.calls}`;
    const index = this.count(session, call).find((each) => isDue(rules[each]!, session.counts.get(each)!));
    if (index === undefined) return { rule: null, answers: [], exact: false, latencyMs: 0, fault: null, seed: root };
    const rule = rules[index]!;
    const values = {
      request: call.request,
      call: session.counts.get(index)!,
      session: call.session,
      state: session.state,
    };
    session.state = rule.then ?? session.state;
    return {
      rule: index,
      answers: rule.exact ? rule.answers : rule.answers.map((answer) => fillObject(answer, values)),
      exact: rule.exact,
      latencyMs: drawLatency(rule.latency, new SeededRandom(root)),
      fault: rule.fault,
      seed: root,
    };
  }

  /** Where the sessions stand, the one that was used last at the end. */
  states(): SessionState[] {
    return [...this.sessions].map(([session, { state, calls }]) => ({ session, state, calls }));
  }

  /**
   * Puts a session into a state.
   * @returns false: there is no such state
   */
  enter(session: string, state: string): boolean {
    if (!this.scenario.states.includes(state)) return false;
    this.sessionOf(session).state = state;
    return true;
  }

  /** Has a session begin anew, or all. */
  reset(session?: string): void {
    if (session === undefined) this.sessions.clear();
    else this.sessions.delete(session);
  }

  /** Counts a call for every rule that it fits. @returns their indexes */
  private count({ state, counts }: Session, call: ScenarioCall): number[] {
    const fitting = this.scenario.rules.flatMap((rule, index) => (fits(rule, call, state) ? [index] : []));
    for (const index of fitting) counts.set(index, (counts.get(index) ?? 0) + 1);
    return fitting;
  }

  private sessionOf(key: string): Session {
    const known = this.sessions.get(key) ?? { state: this.scenario.initial, calls: 0, counts: new Map() };
    this.sessions.delete(key);
    this.sessions.set(key, known);
    const [oldest] = this.sessions.keys();
    if (this.sessions.size > MAX_SESSIONS) this.sessions.delete(oldest!);
    return known;
  }
}

function fits(rule: RuleConditions, { method, request, header }: ScenarioCall, state: string): boolean {
  if (rule.states !== undefined && !rule.states.includes(state)) return false;
  if (rule.method !== undefined && !isOf(method, rule.method)) return false;
  return (
    rule.request.every(({ path, condition }) => holds(condition, fieldValue(request, path))) &&
    rule.headers.every(({ name, condition }) => holds(condition, header(name)))
  );
}

const isOf = (method: string, pattern: string): boolean =>
  pattern.endsWith('/*') ? method.startsWith(pattern.slice(0, -1)) : method === pattern;

function isDue({ calls }: RuleConditions, nth: number): boolean {
  if (calls === undefined) return true;
  return nth >= calls.from && nth <= calls.to && (nth - calls.from) % calls.every === 0;
}
