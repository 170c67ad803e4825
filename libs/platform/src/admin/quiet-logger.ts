import type { LoggerService } from '@nestjs/common';
import type { Logger as NestLogger } from 'nestjs-pino';

/**
 * What Nest says about itself (each module, each route) is for those who debug it: its `log` becomes `debug`. Warnings and
 * errors stay what they are.
 */
export const quietLogger = (logger: NestLogger): LoggerService => ({
  log: (message, ...rest) => logger.debug(message, ...rest),
  fatal: (message, ...rest) => logger.fatal(message, ...rest),
  error: (message, ...rest) => logger.error(message, ...rest),
  warn: (message, ...rest) => logger.warn(message, ...rest),
  debug: (message, ...rest) => logger.debug(message, ...rest),
  verbose: (message, ...rest) => logger.verbose(message, ...rest),
});
