import { getHeader, getHeaders } from '@gateway/pipeline';
import { type RouteEntry, type RouteMatch, RouteTable } from '@gateway/route-table';
import { chooseVersion, compareVersions, versionedType, type VersionOffer } from '@gateway/versioning';
import { timeOf } from '../pipeline/duration';
import type { LiveRoute } from '../pipeline/live-route';
import type { Negotiation, RouteQuestion, VersionFinder } from '../pipeline/negotiate-version';
import type { RouteFinder } from '../pipeline/stages/match';
import type { ApiVersions } from './api-versions';

type Found = RouteMatch<LiveRoute>;

/** The routes of one snapshot that have a version in their path. Immutable. */
export class VersionedRoutes implements VersionFinder {
  /** All of them, the oldest first. */
  readonly versions: readonly string[];
  /** Of these routes alone: a catch-all is no version of anything. */
  private readonly table: RouteTable<LiveRoute>;
  /** Segments behind the prefix that routes without a version have literally. */
  private readonly direct: ReadonlySet<string>;
  private readonly offer: VersionOffer;
  /** When routes end, in milliseconds since the epoch; of those that do. */
  private readonly sunsets: ReadonlyMap<LiveRoute, number>;

  /** @param whole all routes of the snapshot */
  constructor(
    routes: readonly RouteEntry<LiveRoute>[],
    private readonly whole: RouteFinder,
    private readonly api: ApiVersions,
  ) {
    const { paths, options } = api;
    const versioned = routes.filter(({ template }) => paths.namesVersion(template.source));
    this.table = RouteTable.build(versioned);
    const named = new Set(versioned.map(({ template }) => paths.segmentIn(template.source)));
    this.versions = [...named].sort(compareVersions);
    const others = routes.map(({ template }) => template.source).filter((path) => paths.covers(path));
    this.direct = new Set(others.filter((path) => !paths.namesVersion(path)).map((path) => paths.segmentIn(path)));
    this.sunsets = new Map(versioned.flatMap(({ value }) => sunsetOf(value)));
    this.offer = { versions: this.versions, fallback: options.defaultVersion, vendor: options.vendor };
  }

  leavesOpen(path: string): boolean {
    const { paths } = this.api;
    return this.versions.length > 0 && paths.covers(path) && !paths.namesVersion(path);
  }

  negotiate(question: RouteQuestion): Negotiation | null {
    const { paths, options } = this.api;
    const { path, headers } = question;
    if (this.isDirect(question)) return null;
    const choice = chooseVersion<Found>(this.offer, {
      header: getHeader(headers, 'x-api-version'),
      accept: getHeaders(headers, 'accept').join(','),
      find: (version) => this.find(question, version),
      yields: (found) => found.kind !== 'found' || this.hasEnded(found.entry.value),
    });
    if (choice.kind === 'none') return null;
    if (choice.kind === 'missing') return choice;
    const { version, by, found } = choice;
    const mediaType = by === 'accept' ? versionedType(options.vendor, version) : null;
    return { kind: 'chosen', chosen: { version, mediaType }, path: paths.inVersion(path, version), match: found };
  }

  having(question: RouteQuestion): readonly string[] {
    if (!this.api.paths.namesVersion(question.path)) return [];
    return this.versions.filter((version) => this.find(question, version) !== null);
  }

  private find({ host, path, method }: RouteQuestion, version: string): Found | null {
    const found = this.table.match(host, this.api.paths.inVersion(path, version), method);
    return found.kind === 'none' ? null : found;
  }

  /** A route that has the path as it came, literally, needs no version. Wildcards are for what nobody else has. */
  private isDirect({ host, path, method }: RouteQuestion): boolean {
    return this.direct.has(this.api.paths.segmentIn(path)) && this.whole.match(host, path, method).kind !== 'none';
  }

  private hasEnded(live: LiveRoute): boolean {
    const sunset = this.sunsets.get(live);
    return sunset !== undefined && sunset <= this.api.options.clock.now();
  }
}

function sunsetOf(live: LiveRoute): [LiveRoute, number][] {
  const sunset = timeOf(live.route.policy.deprecation?.sunsetAt);
  return sunset === null ? [] : [[live, sunset]];
}
