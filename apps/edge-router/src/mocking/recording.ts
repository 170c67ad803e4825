import type { JsonObject } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { type RecordedCall, type RecordedFailure, recordedScenario } from '@gateway/mocking';

/** For how long, and how much, is recorded at most. */
export interface RecordingBounds {
  /** Milliseconds, 1 s to 1 h. */
  readonly forMs: number;
  /** Calls, 1 to 1,000; where client and service stream, messages of the client. */
  readonly calls: number;
}

/** A call as far as it was heard. */
export interface TapedCall extends RecordedCall {
  readonly answers: JsonObject[];
  failure: RecordedFailure | null;
  /** Whether the service has said all that it will. */
  isWhole: boolean;
}

/** Answers of one call: as many as a scenario's rule may have. */
const MAX_ANSWERS = 1_000;
/** Messages of a recording as YAML, in characters, about: with their conditions they are within what a scenario is read of. */
const MAX_SIZE = 1_048_576;
/** What a value's line of YAML has beside its JSON. */
const INDENT = 16;
/** What in JSON makes a line of YAML, or looks like it. */
const LINES = /[,[{]/g;

/** What was recorded of one method. */
export class Recording {
  private readonly calls: TapedCall[] = [];
  /** Monotonic milliseconds. */
  private readonly until: number;
  private size = 0;

  constructor(
    private readonly bounds: RecordingBounds,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.until = clock.monotonic() + bounds.forMs;
  }

  /** Whether calls that begin now are recorded. */
  get isOpen(): boolean {
    return this.calls.length < this.bounds.calls && this.size < MAX_SIZE && this.clock.monotonic() < this.until;
  }

  /** How many calls there are to be replayed. */
  get count(): number {
    return this.told().length;
  }

  /** Takes a call down; null: no more are. */
  begin(method: string, request: JsonObject): TapedCall | null {
    if (!this.isOpen || !this.takesUp(request)) return null;
    const call: TapedCall = { method, request, answers: [], failure: null, isWhole: false };
    this.calls.push(call);
    return call;
  }

  /** Adds what the service said. @returns false: there is no room for it */
  say({ answers }: TapedCall, answer: JsonObject): boolean {
    if (answers.length >= MAX_ANSWERS || !this.takesUp(answer)) return false;
    answers.push(answer);
    return true;
  }

  /** Forgets a call. */
  drop(call: TapedCall): void {
    const index = this.calls.indexOf(call);
    if (index >= 0) this.calls.splice(index, 1);
  }

  /** A scenario file of that name. */
  scenario(name: string): string {
    return recordedScenario(name, this.told());
  }

  /** A service that hasn't said anything yet may still: its silence isn't what it answers. */
  private told(): TapedCall[] {
    return this.calls.filter(({ isWhole, answers }) => isWhole || answers.length > 0);
  }

  private takesUp(message: JsonObject): boolean {
    // What doesn't fit is the end of it: smaller messages that would must not come in its place.
    const json = JSON.stringify(message);
    this.size += json.length + INDENT * json.match(LINES)!.length;
    return this.size <= MAX_SIZE;
  }
}
