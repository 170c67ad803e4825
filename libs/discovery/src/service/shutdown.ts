import { type Clock, systemClock } from '@gateway/clock';
import type { RegisteredService } from './service-options';

/** What listens: a server of node:http, node:https, node:http2 or node:net. */
export interface NodeListener {
  close(closed: (error?: Error) => void): unknown;
  closeIdleConnections?(): void;
  closeAllConnections?(): void;
}

/** What listens: a server of grpc-js. */
export interface GrpcListener {
  tryShutdown(closed: (error?: Error) => void): void;
  forceShutdown(): void;
}

/** How a shutdown goes. */
export interface ShutdownOptions {
  /** What asks for it; SIGTERM and SIGINT when not given. */
  readonly signals?: readonly NodeJS.Signals[];
  /** How long open requests may take, in milliseconds; then they are cut. 10000 when not given. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  /** Whose signals; this process's when not given. */
  readonly process?: { once(signal: NodeJS.Signals, listener: () => void): unknown };
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
const GRACE_MS = 10_000;

/**
 * Waits for a signal to end; then gives the service's place up, and only after that closes the listener: nobody is sent
 * to a port that has closed.
 * @returns resolves when all of it is done: the process may end
 */
export async function shutDownOnSignals(
  registered: RegisteredService,
  listener: NodeListener | GrpcListener,
  options: ShutdownOptions = {},
): Promise<void> {
  const { signals = SIGNALS, process: from = process } = options;
  await new Promise<void>((resolve) => signals.forEach((signal) => from.once(signal, () => resolve())));
  await registered.close();
  await closeListener(listener, options);
}

/** Takes nothing new, lets open requests finish, and cuts those that take longer than `graceMs`. */
export async function closeListener(
  listener: NodeListener | GrpcListener,
  { graceMs = GRACE_MS, clock = systemClock }: Pick<ShutdownOptions, 'graceMs' | 'clock'> = {},
): Promise<void> {
  const isGrpc = 'tryShutdown' in listener;
  const closed = new Promise<void>((resolve) =>
    isGrpc ? listener.tryShutdown(() => resolve()) : listener.close(() => resolve()),
  );
  if (!isGrpc) listener.closeIdleConnections?.();
  const timer = clock.after(graceMs, () => (isGrpc ? listener.forceShutdown() : listener.closeAllConnections?.()));
  await closed;
  timer.cancel();
}

/**
 * The same for Nest, which calls `beforeApplicationShutdown` of its providers before it closes its listeners. Provide it
 * as a value, enable shutdown hooks, and give it the service once Nest listens.
 */
export class DeregisterOnShutdown {
  #registered: RegisteredService | null = null;

  /** @returns what it was given */
  take(registered: RegisteredService): RegisteredService {
    this.#registered = registered;
    return registered;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#registered?.close();
  }
}
