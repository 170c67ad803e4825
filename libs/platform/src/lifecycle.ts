/** One thing to do at a turn of the service's life. */
export type Hook = () => void | Promise<void>;

interface NamedHook {
  readonly name: string;
  readonly run: Hook;
}

/** Where a service is in its life. */
export type Phase = 'starting' | 'running' | 'draining' | 'stopping' | 'stopped';

/**
 * The turns of a service's life, in their order:
 * start (before its gRPC ports open: load, connect, open own listeners), ready (everything listens: register), then, when
 * it is told to end, drain (stop taking new work: deregister, say goodbye), stop (close, the last opened first).
 */
export class Lifecycle {
  readonly #start: NamedHook[] = [];
  readonly #ready: NamedHook[] = [];
  readonly #drain: NamedHook[] = [];
  readonly #stop: NamedHook[] = [];
  readonly #pending = new Set<string>();
  #phase: Phase = 'starting';

  /** Runs before the service's gRPC ports open, one after the other; a failure ends the process. */
  onStart(run: Hook, name = nameOf(run)): void {
    this.#start.push({ name, run });
  }

  /** Runs when every port is open, one after the other; a failure ends the process. */
  onReady(run: Hook, name = nameOf(run)): void {
    this.#ready.push({ name, run });
  }

  /** Runs when the service is told to end, all at once: stop taking new work. */
  onDrain(run: Hook, name = nameOf(run)): void {
    this.#drain.push({ name, run });
  }

  /** Runs after draining, the last added first: finish what is under way and close. */
  onStop(run: Hook, name = nameOf(run)): void {
    this.#stop.push({ name, run });
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether the service was told to end: nothing new should be begun. */
  get draining(): boolean {
    return this.#phase !== 'starting' && this.#phase !== 'running';
  }

  /** Names of the hooks that have begun and not ended: what hangs, when something hangs. */
  get pending(): readonly string[] {
    return [...this.#pending];
  }

  /** @internal Runs the start hooks. */
  async start(): Promise<void> {
    for (const hook of this.#start) await this.#run('start', hook);
  }

  /** @internal Runs the ready hooks; the service then runs. */
  async ready(): Promise<void> {
    for (const hook of this.#ready) await this.#run('ready', hook);
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  /** @internal Runs the drain hooks. Failures are returned: one that fails must not keep the others from draining. */
  async drain(): Promise<readonly unknown[]> {
    this.#phase = 'draining';
    const results = await Promise.allSettled(this.#drain.map((hook) => this.#run('drain', hook)));
    return results.filter((result) => result.status === 'rejected').map((result) => result.reason);
  }

  /** @internal Runs the stop hooks, last first. Failures are returned: what remains is closed all the same. */
  async stop(): Promise<readonly unknown[]> {
    this.#phase = 'stopping';
    const failures: unknown[] = [];
    for (const hook of this.#stop.toReversed()) {
      await this.#run('stop', hook).catch((error: unknown) => failures.push(error));
    }
    this.#phase = 'stopped';
    return failures;
  }

  async #run(turn: string, { name, run }: NamedHook): Promise<void> {
    const label = `${turn} ${name}`;
    this.#pending.add(label);
    try {
      await run();
    } finally {
      this.#pending.delete(label);
    }
  }
}

const nameOf = (run: Hook): string => run.name || 'unnamed hook';
