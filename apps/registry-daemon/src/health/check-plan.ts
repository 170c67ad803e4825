import { durationMs } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';

const { HealthCheck_Kind: Kind, Protocol } = registryV1;

/** How an instance is checked, with every default filled in. */
export interface CheckPlan {
  readonly kind: 'grpc' | 'http' | 'tcp';
  /** The health service's name for gRPC, the path for HTTP; empty for TCP. */
  readonly target: string;
  /** Milliseconds from the start of one check to the start of the next. */
  readonly intervalMs: number;
  /** Milliseconds until a check without an answer has failed. */
  readonly timeoutMs: number;
  /** Failures in a row until the instance is failing. */
  readonly unhealthyThreshold: number;
  /** Passes in a row until it is passing. */
  readonly healthyThreshold: number;
}

/** The platform's checks; what an instance may ask for instead is in CHECK_BOUNDS. */
const DEFAULTS = { intervalMs: 3_000, timeoutMs: 1_000, unhealthyThreshold: 3, healthyThreshold: 1 } as const;

/** Times in milliseconds, both ends included. */
export const CHECK_BOUNDS = {
  intervalMs: { min: 1_000, max: 60_000 },
  timeoutMs: { min: 100, max: 10_000 },
  threshold: 20,
  target: 1_024,
} as const;

const VISIBLE = /^[\x21-\x7e]*$/;
const TARGETS = {
  grpc: { fits: () => true, says: 'must be the name of a gRPC service' },
  http: { fits: (target: string) => target.startsWith('/'), says: 'must be a path such as /healthz' },
  tcp: { fits: (target: string) => target === '', says: 'must be empty: a connection has none' },
};

/** What an instance says wrong of its check, naming the field; null: nothing. */
export function healthCheckProblem({ healthCheck: check, protocol }: registryV1.Instance): string | null {
  if (!check) return null;
  const { target, unhealthyThreshold, healthyThreshold } = check;
  const kind = kindOf(check.kind, protocol);
  const { intervalMs, timeoutMs } = timesOf(check);
  const wrong = (field: string, says: string): string => `instance.health_check.${field}: ${says}`;
  if (Kind[check.kind] === undefined) return wrong('kind', 'must be one of GRPC, HTTP, TCP, NONE');
  const { fits, says } = TARGETS[kind ?? 'tcp'];
  if (target.length > CHECK_BOUNDS.target || !VISIBLE.test(target) || !fits(target)) return wrong('target', says);
  if (!isWithin(intervalMs, CHECK_BOUNDS.intervalMs)) return wrong('interval', 'must be between 1 s and 60 s');
  if (!isWithin(timeoutMs, CHECK_BOUNDS.timeoutMs) || timeoutMs > intervalMs)
    return wrong('timeout', 'must be between 100 ms and 10 s, and not longer than the interval');
  const atMost = `must be at most ${CHECK_BOUNDS.threshold}`;
  if (unhealthyThreshold > CHECK_BOUNDS.threshold) return wrong('unhealthy_threshold', atMost);
  if (healthyThreshold > CHECK_BOUNDS.threshold) return wrong('healthy_threshold', atMost);
  return null;
}

/**
 * How an instance is checked: as it asks, else by its protocol (grpc.health.v1 for gRPC, a connection for others). What
 * another version of the registry let in and this one doesn't understand is checked by protocol.
 * @returns null when it isn't to be checked
 */
export function planOf(instance: registryV1.Instance): CheckPlan | null {
  const { healthCheck, protocol } = instance;
  if (!healthCheck || healthCheckProblem(instance) !== null)
    return { kind: byProtocol(protocol), target: '', ...DEFAULTS };
  const kind = kindOf(healthCheck.kind, protocol);
  if (kind === null) return null;
  return {
    kind,
    target: healthCheck.target,
    ...timesOf(healthCheck),
    unhealthyThreshold: healthCheck.unhealthyThreshold || DEFAULTS.unhealthyThreshold,
    healthyThreshold: healthCheck.healthyThreshold || DEFAULTS.healthyThreshold,
  };
}

const isWithin = (value: number, { min, max }: { min: number; max: number }): boolean => value >= min && value <= max;

const byProtocol = (protocol: registryV1.Protocol): CheckPlan['kind'] => (protocol === Protocol.GRPC ? 'grpc' : 'tcp');

function kindOf(kind: registryV1.HealthCheck_Kind, protocol: registryV1.Protocol): CheckPlan['kind'] | null {
  switch (kind) {
    case Kind.GRPC:
      return 'grpc';
    case Kind.HTTP:
      return 'http';
    case Kind.TCP:
      return 'tcp';
    case Kind.NONE:
      return null;
    default:
      return byProtocol(protocol);
  }
}

function timesOf({ interval, timeout }: registryV1.HealthCheck): Pick<CheckPlan, 'intervalMs' | 'timeoutMs'> {
  const intervalMs = interval ? durationMs(interval) : DEFAULTS.intervalMs;
  return { intervalMs, timeoutMs: timeout ? durationMs(timeout) : DEFAULTS.timeoutMs };
}
