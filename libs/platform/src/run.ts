import { ConfigError, configReference, loadConfig, printConfig, readEnvironment } from '@gateway/config';
import { flush } from '@gateway/telemetry';
import { ExitCode } from './exit-code';
import { prepareService } from './prepare';
import type { PlatformConfig, Service, ServiceDefinition } from './service';
import { openService, type RunningService } from './start';

/**
 * Runs a service as this process: all of an app's main.ts. It reads the environment and the command line
 * (`--check-config`, `--print-config`, `--config-reference`), starts, and ends on SIGTERM or SIGINT.
 * Exit codes: see `ExitCode`.
 */
export async function runService<C extends PlatformConfig>(definition: ServiceDefinition<C>): Promise<void> {
  try {
    if (answersQuestion(definition)) return;
    await serve(prepareService(definition, readEnvironment()), definition.module);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) console.error(problem);
    process.exit(ExitCode.WRONG_CONFIG);
  }
}

/** Whether the command line only asks about the configuration; the answer is printed. */
function answersQuestion<C extends PlatformConfig>({ name, config }: ServiceDefinition<C>): boolean {
  const [option] = process.argv.slice(2);
  if (option === undefined) return false;
  if (option === '--config-reference') console.log(configReference(config));
  else if (option === '--print-config') console.log(printConfig(config, loadConfig(config, readEnvironment())));
  else if (option === '--check-config') {
    prepareService({ name, config }, readEnvironment());
    console.log(`${name}: the configuration is right`);
  } else throw new ConfigError([`${option}: is not an option of ${name}`]);
  return true;
}

async function serve<C extends PlatformConfig>(
  service: Service<C>,
  module: ServiceDefinition<C>['module'],
): Promise<void> {
  const exit = exitOf(service);
  crashOnUnhandled(service, exit);
  const started = endOnSignals<C>(service, exit);
  try {
    started.resolve(await openService(service, module));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    console.error(`${service.name}: ${startFailure(error)}`);
    service.logger.fatal({ err: error }, 'the start failed');
    await exit(ExitCode.FAILED);
  }
}

/** How long the last lines may take to be written, in milliseconds: a reader of our output that stands still is not waited for. */
const FLUSH_MS = 1_000;

/** Ends the process with the code it is first called with, when the last lines are written. */
type Exit = (code: number) => Promise<void>;

function exitOf({ logger, clock }: Pick<Service, 'logger' | 'clock'>): Exit {
  let exiting: Promise<void> | undefined;
  const end = async (code: number): Promise<void> => {
    await Promise.race([flush(logger), clock.sleep(FLUSH_MS)]);
    process.exit(code);
  };
  return (code) => (exiting ??= end(code));
}

/** Crash-only: after an error that nobody handled the process is in no known state. */
function crashOnUnhandled({ logger }: Pick<Service, 'logger'>, exit: Exit): void {
  const crash = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, kind);
    void exit(ExitCode.SOFTWARE);
  };
  process.on('uncaughtException', crash('uncaught exception'));
  process.on('unhandledRejection', crash('unhandled rejection'));
}

/**
 * Ends on the first SIGTERM or SIGINT. It listens from the beginning: process 1 of a container, which has no default for
 * signals, couldn't be told to end while it starts.
 * @returns where to say that the service runs
 */
function endOnSignals<C extends PlatformConfig>(
  { logger }: Pick<Service, 'logger'>,
  exit: Exit,
): { readonly resolve: (running: RunningService<C>) => void } {
  let running: RunningService<C> | null = null;
  let ending = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    // What hasn't started has nothing to finish; and whoever signals twice doesn't want to wait.
    if (ending || running === null) return void exit(ExitCode.FAILED);
    ending = true;
    logger.info({ signal }, 'shutting down');
    void endGracefully(running).then(exit);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { resolve: (opened) => (running = opened) };
}

/** Drains and closes, within GATEWAY_SHUTDOWN_TIMEOUT. @returns the exit code */
async function endGracefully<C extends PlatformConfig>({ service, stop }: RunningService<C>): Promise<number> {
  const { logger, clock, config, lifecycle } = service;
  const failures = await Promise.race([stop(), clock.sleep(config.shutdownTimeout).then(() => null)]);
  if (failures === null) {
    logger.fatal({ pending: lifecycle.pending }, `the shutdown hung: ${lifecycle.pending.join(', ') || 'closing'}`);
    return ExitCode.FAILED;
  }
  for (const error of failures) logger.error({ err: error }, 'the shutdown failed in part');
  logger.info('bye');
  return failures.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

function startFailure(error: unknown): string {
  const { code, port, address, message } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (port === undefined) return `can't start: ${message}`;
  const where = `port ${port} on ${address ?? 'this machine'}`;
  return code === 'EADDRINUSE' ? `${where} is in use (EADDRINUSE)` : `${where} can't be opened (${code ?? message})`;
}
