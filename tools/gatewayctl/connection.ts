import { isAbsolute, join } from 'node:path';
import { systemClock } from '@gateway/clock';
import { RegistryCallError, RegistryClient } from '@gateway/discovery';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { workspaceDir } from '@gateway/testing';
import { status } from '@grpc/grpc-js';
import { EXIT, Failure } from './failure';
import type { Terminal } from './terminal';

/** How the registry is reached: the options of its commands. */
export interface RegistryOptions {
  /** `host:port`, several by commas. */
  readonly registry: string;
  /** Folder with cert.pem, key.pem and ca.pem; absent: the operator's in development. */
  readonly identity?: string;
}

/** Calls the registry, and closes the connection. @throws Failure */
export async function withRegistry<T>(
  options: RegistryOptions,
  terminal: Terminal,
  use: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  const identity = openIdentity(identityDir(options, terminal));
  const client = new RegistryClient({
    address: options.registry.split(',').map((each) => each.trim()),
    credentials: identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') }),
    clock: systemClock,
  });
  try {
    return await use(client);
  } catch (error) {
    throw error instanceof RegistryCallError ? failureOf(error, options.registry) : error;
  } finally {
    client.close();
    identity.close();
  }
}

/** Resolves a path of the command line. */
export const pathFrom = ({ cwd }: Terminal, path: string): string => (isAbsolute(path) ? path : join(cwd, path));

const identityDir = ({ identity }: RegistryOptions, terminal: Terminal): string =>
  identity === undefined ? join(workspaceDir(), '.dev/identity/operator') : pathFrom(terminal, identity);

function openIdentity(dir: string): ReturnType<typeof loadIdentity> {
  try {
    return loadIdentity(dir, { pollMs: 0 });
  } catch (error) {
    throw new Failure(EXIT.usage, `the identity in ${dir} can't be used: ${(error as Error).message}`);
  }
}

const CODES: Partial<Record<status, number>> = {
  [status.PERMISSION_DENIED]: EXIT.forbidden,
  [status.UNAUTHENTICATED]: EXIT.forbidden,
  [status.INVALID_ARGUMENT]: EXIT.data,
  [status.FAILED_PRECONDITION]: EXIT.data,
  [status.ALREADY_EXISTS]: EXIT.data,
  [status.NOT_FOUND]: EXIT.data,
  [status.RESOURCE_EXHAUSTED]: EXIT.data,
};

/** What a refusal is to whoever called the command. */
export const exitCodeOf = ({ code }: RegistryCallError): number => CODES[code] ?? 1;

function failureOf(error: RegistryCallError, address: string): Failure {
  if (!error.unreached) return new Failure(exitCodeOf(error), `the registry refuses: ${error.details}`);
  return new Failure(EXIT.unreachable, `the registry at ${address} can't be reached: ${error.message}`);
}
