import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { REDACTED, REDACTED_PATHS } from './redaction';
import { currentRequest } from './request-context';

/** The platform's logger: JSON lines, `logger.info({ fields }, 'what happened')`. */
export type Logger = PinoLogger;

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** The service's name; every line has it as `service`. */
  readonly service: string;
  /** This process; every line has it as `instance`. */
  readonly instance: string;
  /** The least grave level that is written, such as `info`. */
  readonly level: string;
  /** Where lines go; standard output, asynchronously, when not given. */
  readonly destination?: DestinationStream;
}

/** The least length that makes the destination's `flush` wait for what is being written; lines are still written at once. */
const FLUSHABLE = 1;

/**
 * Makes the logger of a process. Credentials are redacted wherever they usually stand, and lines logged on behalf of a
 * request carry its ids. `flush(logger)` before the process ends.
 */
export function createLogger({ service, instance, level, destination: target }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, instance },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: [...REDACTED_PATHS], censor: REDACTED },
    mixin: () => ({ ...currentRequest() }),
  };
  // Asynchronous, because a reader of our output that is slow must not hold up requests.
  return pino(options, target ?? destination({ dest: 1, sync: false, minLength: FLUSHABLE }));
}

/** A logger that writes nothing, for where none was given. */
export const silentLogger = (): Logger => pino({ level: 'silent' });

/**
 * Resolves when every line logged so far is written, failed to be written included: wait for it before the process ends.
 * Twice, because the destination may just be about to report the end of an earlier write, which the first flush takes for
 * its own.
 */
export async function flush(logger: Logger): Promise<void> {
  await flushOnce(logger);
  await flushOnce(logger);
}

const flushOnce = (logger: Logger): Promise<void> => new Promise((resolve) => logger.flush(() => resolve()));
