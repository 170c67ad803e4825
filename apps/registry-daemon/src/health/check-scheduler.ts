import type { Clock, Timer } from '@gateway/clock';

/** Something to be done again and again. */
export interface Recurring {
  /** Milliseconds from one start to the next, before jitter. */
  readonly intervalMs: number;
  /** Does it once. Must not reject. */
  run(): Promise<void>;
}

/** How often the scheduler looks, in milliseconds: what is due starts up to that much late. */
export const TICK_MS = 100;
/** By how much an interval varies to either side, so that checks that began together spread. */
const JITTER = 0.1;

interface Entry {
  readonly task: Recurring;
  /** Monotonic milliseconds. */
  dueAt: number;
  running: boolean;
}

/**
 * Runs any number of recurring checks on one timer, a bounded number at a time. When more are due than may run, those that
 * have waited longest go first, and all of them come less often.
 */
export class CheckScheduler {
  readonly #entries = new Map<string, Entry>();
  #running = 0;
  #timer: Timer | null = null;

  /** @param maxRunning how many may run at a time */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly maxRunning: number,
  ) {}

  /** How many checks recur. */
  get size(): number {
    return this.#entries.size;
  }

  start(): void {
    this.#timer = this.clock.every(TICK_MS, () => this.#tick());
  }

  /** What runs ends by itself; nothing begins. */
  stop(): void {
    this.#timer?.cancel();
    this.#entries.clear();
  }

  /**
   * Adds a check, or replaces the one of that key.
   * @param withinMs its first time is anywhere within that; its interval when not given
   */
  set(key: string, task: Recurring, withinMs = task.intervalMs): void {
    const dueAt = this.clock.monotonic() + withinMs * this.random();
    this.#entries.set(key, { task, dueAt, running: false });
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }

  #tick(): void {
    const now = this.clock.monotonic();
    const due: Entry[] = [];
    for (const entry of this.#entries.values()) if (!entry.running && entry.dueAt <= now) due.push(entry);
    const free = this.maxRunning - this.#running;
    if (due.length > free) due.sort((one, other) => one.dueAt - other.dueAt).length = free;
    for (const entry of due) void this.#run(entry, now);
  }

  async #run(entry: Entry, now: number): Promise<void> {
    const { task } = entry;
    entry.running = true;
    entry.dueAt = now + task.intervalMs * (1 - JITTER + 2 * JITTER * this.random());
    this.#running += 1;
    await task.run();
    this.#running -= 1;
    entry.running = false;
  }
}
