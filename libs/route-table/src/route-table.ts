import { captureVariables } from './capture';
import { HostIndex } from './host-index';
import { type Leaf, PathTree, type Visitor } from './path-tree';
import type { Template } from './template';

/** Stands for every method. */
export const ANY_METHOD = '*';

/** The method that a request to switch protocols is looked for with, which is GET by itself. */
export const UPGRADE = 'upgrade';

/** One route of a table. */
export interface RouteEntry<T> {
  /** Names the route in conflicts. */
  readonly id: string;
  readonly template: Template;
  /** Upper case. Empty: all of them. */
  readonly methods: readonly string[];
  /** Lower case, without ports; `*.example.com` is every host below example.com. Empty: all of them. */
  readonly hosts: readonly string[];
  /** Whether it answers requests to upgrade, whatever its methods. Of several equal ones the first does. */
  readonly upgrades?: boolean;
  readonly value: T;
}

/** What a request's host, path and method lead to. */
export type RouteMatch<T> =
  | {
      readonly kind: 'found';
      readonly entry: RouteEntry<T>;
      /** Raw text of the template's variables in their order: see `decodeCapture`. */
      readonly captures: readonly string[];
    }
  /** Only other methods lead somewhere; sorted, for the `Allow` header. */
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[] }
  | { readonly kind: 'none' };

/** Two routes that would answer the same requests with the same precedence. */
export class RouteConflictError extends Error {
  override readonly name = 'RouteConflictError';

  constructor(
    readonly first: string,
    readonly second: string,
    readonly template: string,
  ) {
    super(`routes "${first}" and "${second}" are equal: both are ${template}`);
  }
}

const NONE = { kind: 'none' } as const;

/**
 * Routes by host, path and method, immutable once built. The most specific one wins whatever their order: an exact host
 * before a wildcard before none, then the template (see PathTree). A route without the request's method lets a less
 * specific one with it answer; HEAD is answered by GET where a route has no HEAD of its own, and so is {@link UPGRADE}.
 */
export class RouteTable<T> {
  private constructor(private readonly hosts: HostIndex<PathTree<RouteEntry<T>>>) {}

  /** @throws RouteConflictError when two entries are equal */
  static build<T>(entries: Iterable<RouteEntry<T>>): RouteTable<T> {
    const hosts = new HostIndex<PathTree<RouteEntry<T>>>(() => new PathTree());
    for (const entry of entries)
      for (const host of entry.hosts.length > 0 ? entry.hosts : ['']) add(hosts.at(host).leaf(entry.template), entry);
    return new RouteTable(hosts);
  }

  /**
   * @param host lower case, without port; '' when the request had none
   * @param path canonical (RFC 3986 §6.2.2), starting with `/`, without query
   * @param method as it came: methods are case-sensitive (RFC 9110 §9.1)
   */
  match(host: string, path: string, method: string): RouteMatch<T> {
    const segments = path === '/' ? [] : path.slice(1).split('/');
    const search = new Search<T>(method);
    for (const tree of this.hosts.matching(host)) {
      tree.walk(segments, search);
      if (search.found !== null) return search.found;
    }
    return search.allow === null ? NONE : { kind: 'wrong-method', allow: allowList(search.allow) };
  }
}

/** What one look-up has come to. */
class Search<T> implements Visitor<RouteEntry<T>> {
  found: RouteMatch<T> | null = null;
  /** The methods that lead somewhere, when the one that is looked for doesn't. */
  allow: Set<string> | null = null;

  constructor(private readonly method: string) {}

  visit(leaf: Leaf<RouteEntry<T>>, segments: readonly string[]): boolean {
    const entry = entryFor(leaf, this.method);
    if (entry === undefined) {
      this.allow ??= new Set();
      for (const each of leaf.keys()) if (each !== UPGRADE) this.allow.add(each);
      return false;
    }
    this.found = { kind: 'found', entry, captures: captureVariables(entry.template, segments) };
    return true;
  }
}

/** Whether two entries of one table would conflict. */
export function areEqualRoutes(a: Omit<RouteEntry<unknown>, 'value'>, b: Omit<RouteEntry<unknown>, 'value'>): boolean {
  return a.template.shape === b.template.shape && overlap(a.methods, b.methods) && sameHost(a.hosts, b.hosts);
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((method) => b.includes(method));
}

function sameHost(a: readonly string[], b: readonly string[]): boolean {
  return (a.length === 0 && b.length === 0) || a.some((host) => b.includes(host));
}

function add<T>(leaf: Leaf<RouteEntry<T>>, entry: RouteEntry<T>): void {
  for (const other of leaf.values())
    if (other !== entry && overlap(other.methods, entry.methods))
      throw new RouteConflictError(other.id, entry.id, entry.template.source);
  for (const method of entry.methods.length > 0 ? entry.methods : [ANY_METHOD]) leaf.set(method, entry);
  if (entry.upgrades === true && !leaf.has(UPGRADE)) leaf.set(UPGRADE, entry);
}

function entryFor<T>(leaf: Leaf<T>, method: string): T | undefined {
  return (
    leaf.get(method) ?? (method === 'HEAD' || method === UPGRADE ? leaf.get('GET') : undefined) ?? leaf.get(ANY_METHOD)
  );
}

function allowList(methods: Set<string>): readonly string[] {
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
