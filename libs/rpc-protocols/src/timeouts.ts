import { GatewayError } from '@gateway/errors';

/** Milliseconds of the units of `grpc-timeout`. */
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * The milliseconds of a `grpc-timeout` (gRPC over HTTP/2: at most eight digits and a unit); Infinity when there is none.
 * @throws GatewayError GW_BAD_REQUEST when it isn't one
 */
export function grpcTimeoutMs(value: string | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? wrong('grpc-timeout');
  return Number(digits) * UNITS[unit!]!;
}

/**
 * The milliseconds of a `connect-timeout-ms` (at most ten digits); Infinity when there is none.
 * @throws GatewayError GW_BAD_REQUEST when it isn't one
 */
export function connectTimeoutMs(value: string | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  return /^\d{1,10}$/.test(value) ? Number(value) : wrong('connect-timeout-ms');
}

function wrong(header: string): never {
  throw new GatewayError('GW_BAD_REQUEST', {
    detail: `${header} is not a timeout`,
    errors: [{ pointer: `header/${header}`, rule: 'type', detail: 'is not a timeout' }],
  });
}
