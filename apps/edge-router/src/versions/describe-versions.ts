import type { Brownout, DeprecationPolicy } from '@gateway/contracts';
import { compareVersions } from '@gateway/versioning';
import { timeOf, toMilliseconds } from '../pipeline/duration';
import type { Route } from '../pipeline/route';
import type { ApiVersions } from './api-versions';

/** Where a version is in its life: `deprecated` and `ended` when all of its routes are. */
export type VersionStatus = 'served' | 'deprecated' | 'ended';

/** A version of the API as people see it. Times are RFC 3339. */
export interface VersionDescription {
  readonly version: string;
  readonly status: VersionStatus;
  /** Whether it is what somebody who names no version gets, where it has the resource. */
  readonly default: boolean;
  readonly routes: number;
  /** When the last of its routes is deprecated, and ends; absent: not all of them are, or do. */
  readonly deprecatedAt?: string;
  readonly sunsetAt?: string;
  /** Its description, an OpenAPI document. */
  readonly openapi: string;
  /** Its routes that end. */
  readonly deprecations: readonly DeprecationDescription[];
}

/** A route that ends, with what its policy says of it. */
export interface DeprecationDescription {
  readonly route: string;
  /** Empty: all. */
  readonly methods: readonly string[];
  readonly path: string;
  readonly deprecatedAt?: string;
  readonly sunsetAt?: string;
  readonly link?: string;
  readonly successor?: string;
  readonly brownouts?: readonly { readonly start: string; readonly seconds: number; readonly everySeconds?: number }[];
}

/**
 * The versions of a snapshot's routes, the oldest first.
 * @param now milliseconds since the epoch
 */
export function describeVersions(routes: readonly Route[], api: ApiVersions, now: number): VersionDescription[] {
  const byVersion = Map.groupBy(routes, (route) => (route.origin === 'platform' ? null : api.versionOf(route)));
  byVersion.delete(null);
  const versions = [...(byVersion as Map<string, Route[]>)].sort(([a], [b]) => compareVersions(a, b));
  const described = versions.map(([version, own]) => describeVersion(version, own, now));
  const negotiated = described.filter(({ version }) =>
    byVersion.get(version)!.some((route) => api.pathVersionOf(route) !== null),
  );
  const standing = negotiated.find(({ status }) => status !== 'ended') ?? negotiated[0];
  const fallback = api.options.defaultVersion ?? standing?.version;
  return described.map((each) => ({ ...each, default: each.version === fallback }));
}

function describeVersion(version: string, routes: readonly Route[], now: number): VersionDescription {
  const deprecatedAt = lastOf(routes, ({ deprecatedAt: at }) => timeOf(at));
  const sunsetAt = lastOf(routes, ({ sunsetAt: at }) => timeOf(at));
  return {
    version,
    status: sunsetAt !== null && sunsetAt <= now ? 'ended' : isPast(deprecatedAt, now) ? 'deprecated' : 'served',
    default: false,
    routes: routes.length,
    ...dates(deprecatedAt, sunsetAt),
    openapi: `/openapi/${version}.json`,
    deprecations: routes.filter(({ policy }) => policy.deprecation !== undefined).map(describeDeprecation),
  };
}

const isPast = (at: number | null, now: number): boolean => at !== null && at <= now;

/** The latest of a time that all routes have; null: some don't. */
function lastOf(routes: readonly Route[], read: (deprecation: DeprecationPolicy) => number | null): number | null {
  const times = routes.map(({ policy: { deprecation } }) => (deprecation === undefined ? null : read(deprecation)));
  return times.some((time) => time === null) ? null : Math.max(...(times as number[]));
}

function describeDeprecation({ id, methods, template, policy }: Route): DeprecationDescription {
  const { deprecatedAt, sunsetAt, link, successor, brownouts } = policy.deprecation!;
  return {
    route: id,
    methods,
    path: template.source,
    ...dates(timeOf(deprecatedAt), timeOf(sunsetAt)),
    ...(link !== '' && { link }),
    ...(successor !== '' && { successor }),
    ...(brownouts.length > 0 && { brownouts: brownouts.map(describeBrownout) }),
  };
}

const describeBrownout = ({ start, duration, every }: Brownout) => ({
  start: text(timeOf(start)!),
  seconds: toMilliseconds(duration!) / 1_000,
  ...(every && { everySeconds: toMilliseconds(every) / 1_000 }),
});

const dates = (deprecatedAt: number | null, sunsetAt: number | null) => ({
  ...(deprecatedAt !== null && { deprecatedAt: text(deprecatedAt) }),
  ...(sunsetAt !== null && { sunsetAt: text(sunsetAt) }),
});

const text = (at: number): string => new Date(at).toISOString();
