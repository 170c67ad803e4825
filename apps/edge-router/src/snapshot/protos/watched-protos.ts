import type { Clock, Timer } from '@gateway/clock';
import { protosProblem, ProtosError } from './protos-error';
import { fingerprintOf } from './proto-files';
import { type CompiledProtos, compileProtos } from './protos-source';

/** How often the sources are looked at, in milliseconds. By polling, for the reasons that WatchedFile has. */
const POLL_MS = 500;

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
  follow(clock: Pick<Clock, 'every'>, onChange: (compiled: CompiledProtos | ProtosError) => void): void {
    this.timer = clock.every(POLL_MS, () => void this.look(onChange));
  }

  /** Whether it is looking, or compiling. */
  get isBusy(): boolean {
    return this.busy;
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private async look(onChange: (compiled: CompiledProtos | ProtosError) => void): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const found = await fingerprintOf(this.path);
      const isSettled = found === this.unsettled;
      this.unsettled = found;
      if (found === this.taken || !isSettled) return;
      const compiled = await this.compiled();
      // Changed while they were read: what was compiled may be half of each.
      if (this.closed || (await fingerprintOf(this.path)) !== found) return;
      this.taken = found;
      onChange(compiled);
    } finally {
      this.busy = false;
    }
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
