/** The end of a route's life. Times in milliseconds since the epoch; null: not said. */
export interface Deprecation {
  readonly deprecatedAt: number | null;
  readonly sunsetAt: number | null;
  /** Where it is explained; '' nowhere. */
  readonly link: string;
  /** The path or URL that takes its place; '' none. */
  readonly successor: string;
}

/**
 * The fields that tell a route's callers of its end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`. They hold
 * dates, not states, so one list serves before and after, and nothing is formatted for a request.
 * @returns flat name/value pairs, to be appended
 */
export function deprecationHeaders({ deprecatedAt, sunsetAt, link, successor }: Deprecation): readonly string[] {
  const links = [
    ...(link !== '' && deprecatedAt !== null ? [linkTo(link, 'deprecation')] : []),
    ...(link !== '' && sunsetAt !== null ? [linkTo(link, 'sunset')] : []),
    // RFC 5829 §3.4.
    ...(successor === '' ? [] : [linkTo(successor, 'successor-version')]),
  ];
  return [
    // A date of RFC 9651: seconds, whole.
    ...(deprecatedAt === null ? [] : ['deprecation', `@${Math.floor(deprecatedAt / 1_000)}`]),
    ...(sunsetAt === null ? [] : ['sunset', new Date(sunsetAt).toUTCString()]),
    ...(links.length === 0 ? [] : ['link', links.join(', ')]),
  ];
}

const linkTo = (target: string, relation: string): string => `<${target}>; rel="${relation}"`;
