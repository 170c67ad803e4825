import type { Clock, Timer } from '@gateway/clock';
import { protosProblem, ProtosError } from './protos-error';
import { fingerprintOf } from './proto-files';
import { type CompiledProtos, compileProtos } from './protos-source';

/** How often the sources are looked at, in milliseconds. By polling, for the reasons that WatchedFile has. */
const POLL_MS = 150;
/** After which they are looked at again when they have changed, in milliseconds: with the compiler's run, live in a second. */
const SETTLE_MS = 75;
/** Of a large folder each look takes a while: so much of a fingerprint, about a file's, for each millisecond between looks. */
const CHARACTERS_PER_MS = 60;

/**
 * EDGE_PROTOS, compiled again when it changes: at the second look that finds the same, so that sources that are being
 * written are left alone until they are complete, and never twice at a time.
 */
export class WatchedProtos {
  private timer: Timer | null = null;
  /** Of what was compiled last. */
  private taken = '';
  /** Of what the last look found, when that was something new. */
  private unsettled = '';
  private busy = false;
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly compile: (path: string) => Promise<CompiledProtos> = compileProtos,
  ) {}

  /** Compiles what is there now. @throws ProtosError */
  async first(): Promise<CompiledProtos> {
    this.taken = await fingerprintOf(this.path);
    return this.compile(this.path);
  }

  /** Has it called back with what the sources have become, or with why they can't be used. */
  follow(clock: Pick<Clock, 'after'>, onChange: (compiled: CompiledProtos | ProtosError) => void): void {
    const lookIn = (ms: number): void => {
      this.timer = clock.after(ms, () => void lookAgain());
    };
    const lookAgain = async (): Promise<void> => {
      const pauseMs = await this.look(onChange);
      if (!this.closed) lookIn(pauseMs);
    };
    lookIn(POLL_MS);
  }

  /** Whether it is looking, or compiling. */
  get isBusy(): boolean {
    return this.busy;
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  /** @returns how long until the next look, in milliseconds */
  private async look(onChange: (compiled: CompiledProtos | ProtosError) => void): Promise<number> {
    this.busy = true;
    const found = await fingerprintOf(this.path);
    if (found !== this.taken && found === this.unsettled) await this.take(found, onChange);
    this.unsettled = found;
    this.busy = false;
    return found === this.taken ? Math.max(POLL_MS, found.length / CHARACTERS_PER_MS) : SETTLE_MS;
  }

  private async take(found: string, onChange: (compiled: CompiledProtos | ProtosError) => void): Promise<void> {
    const compiled = await this.compiled();
    // Changed while they were read: what was compiled may be half of each.
    if (this.closed || (await fingerprintOf(this.path)) !== found) return;
    this.taken = found;
    onChange(compiled);
  }

  private async compiled(): Promise<CompiledProtos | ProtosError> {
    try {
      return await this.compile(this.path);
    } catch (error) {
      if (error instanceof ProtosError) return error;
      return new ProtosError([protosProblem('', (error as Error).message)], { cause: error });
    }
  }
}
