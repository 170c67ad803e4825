import type { HeaderList } from './headers';
import { listValues } from './headers';

/** Which pages' scripts may call, and what they may send and read (Fetch standard, CORS protocol). */
export interface CorsOptions {
  /** As browsers write them; `https://*.example.com` is every host below; `*` all. At least one. */
  readonly origins: readonly string[];
  /** Empty: whatever is asked for. */
  readonly methods: readonly string[];
  /** Lower case; `*` is any. */
  readonly headers: readonly string[];
  readonly expose: readonly string[];
  readonly credentials: boolean;
  /** Null: browsers decide. */
  readonly maxAgeSeconds: number | null;
}

/** What a preflight asks for. */
export interface Preflight {
  readonly origin: string;
  readonly method: string;
  /** Lower case. */
  readonly headers: readonly string[];
}

/** Names that a service behind us mustn't decide about where the gateway does. */
const DECIDED = new Set([
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
]);

/** The CORS protocol of one route. Immutable. */
export class Cors {
  /** Whether pages of that origin may call. */
  readonly allows: (origin: string) => boolean;
  private readonly any: boolean;
  private readonly exact: readonly string[];

  constructor(private readonly options: CorsOptions) {
    this.any = options.origins.includes('*');
    this.allows = this.any ? () => true : originMatcher(options.origins);
    this.exact = [
      ...(options.credentials ? ['access-control-allow-credentials', 'true'] : []),
      ...(options.expose.length === 0 ? [] : ['access-control-expose-headers', options.expose.join(', ')]),
    ];
  }

  /**
   * A response's fields with what lets the origin's scripts read it, or without what would.
   * @param origin undefined: it isn't asked from a page of another origin
   */
  apply(headers: HeaderList, origin: string | undefined): HeaderList {
    const kept: HeaderList = [];
    for (let i = 0; i < headers.length; i += 2) if (!DECIDED.has(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
    // The answer differs by origin, also where this one is refused: no cache may give it to another one.
    if (!this.any) addVary(kept, 'Origin');
    if (origin !== undefined && this.allows(origin))
      kept.push('access-control-allow-origin', this.any ? '*' : origin, ...this.exact);
    return kept;
  }

  /** Why a preflight is refused, for whoever reads it; null: it isn't. */
  refusal({ origin, method, headers }: Preflight): string | null {
    const { methods, headers: allowed } = this.options;
    if (!this.allows(origin)) return 'The origin may not call this route';
    if (methods.length > 0 && !methods.includes(method)) return `Pages of other origins may not use ${method} here`;
    const wrong = allowed.includes('*') ? undefined : headers.find((name) => !allowed.includes(name));
    return wrong === undefined ? null : `Pages of other origins may not send the header ${wrong}`;
  }

  /** The fields that grant a preflight, beside those that `apply` adds. */
  granted({ method, headers }: Preflight): HeaderList {
    const { methods, headers: allowed, maxAgeSeconds } = this.options;
    const names = allowed.includes('*') ? headers : allowed;
    return [
      'access-control-allow-methods',
      (methods.length === 0 ? [method] : methods).join(', '),
      ...(names.length === 0 ? [] : ['access-control-allow-headers', names.join(', ')]),
      ...(maxAgeSeconds === null ? [] : ['access-control-max-age', String(maxAgeSeconds)]),
      'vary',
      'Access-Control-Request-Method, Access-Control-Request-Headers',
    ];
  }
}

/** The names of a preflight's `access-control-request-headers`. */
export const requestedHeaders = (headers: HeaderList): string[] =>
  listValues(headers, 'access-control-request-headers').map((name) => name.toLowerCase());

/** Hosts below one: any number of labels. */
const LABELS = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;

function originMatcher(origins: readonly string[]): (origin: string) => boolean {
  const exact = new Set(origins);
  const below = origins
    .filter((origin) => origin.includes('://*.'))
    .map((origin) => origin.split('*') as [string, string]);
  return (origin) =>
    exact.has(origin) ||
    below.some(
      ([scheme, suffix]) =>
        origin.startsWith(scheme) &&
        origin.endsWith(suffix) &&
        LABELS.test(origin.slice(scheme.length, origin.length - suffix.length)),
    );
}

function addVary(headers: HeaderList, name: string): void {
  const known = listValues(headers, 'vary');
  if (known.some((each) => each === '*' || each.toLowerCase() === name.toLowerCase())) return;
  const at = headers.findIndex((text, i) => i % 2 === 0 && text === 'vary');
  if (at === -1) headers.push('vary', name);
  else headers[at + 1] += `, ${name}`;
}
