import { acceptedVersions } from './accept';
import { readVersion } from './version';

/** Who chose a version. */
export type ChosenBy = 'header' | 'accept' | 'default';

/** The versions of an API, and how clients name them. */
export interface VersionOffer {
  /** All that there are, the oldest first. */
  readonly versions: readonly string[];
  /** What who names none gets; null: the oldest that has the resource and doesn't yield. */
  readonly fallback: string | null;
  /** Of the media types, lower case. */
  readonly vendor: string;
}

/** What one request says and what it asks for. */
export interface VersionQuestion<Found> {
  /** `X-API-Version`. */
  readonly header: string | undefined;
  readonly accept: string | undefined;
  /** What a version has there; null: nothing. */
  find(version: string): Found | null;
  /** Whether a newer version stands in for it where none was asked for: because it has ended, say. */
  yields(found: Found): boolean;
}

/** Which version a request goes to. */
export type VersionChoice<Found> =
  | { readonly kind: 'chosen'; readonly by: ChosenBy; readonly version: string; readonly found: Found }
  /** The resource exists, but not as it was asked for: in `versions`, the oldest first. */
  | { readonly kind: 'missing'; readonly by: ChosenBy; readonly asked: string; readonly versions: readonly string[] }
  /** No version has it. */
  | { readonly kind: 'none' };

/**
 * The version of a request whose path names none: `X-API-Version`, else what `Accept` wants most of what there is, else
 * the default.
 */
export function chooseVersion<Found>(
  { versions, fallback, vendor }: VersionOffer,
  question: VersionQuestion<Found>,
): VersionChoice<Found> {
  const { header, accept, find } = question;
  const only = (by: ChosenBy, wanted: readonly string[]): VersionChoice<Found> => {
    for (const version of wanted) {
      const found = versions.includes(version) ? find(version) : null;
      if (found !== null) return { kind: 'chosen', by, version, found };
    }
    const having = versions.filter((version) => find(version) !== null);
    if (having.length === 0) return { kind: 'none' };
    return { kind: 'missing', by, asked: wanted.join(', '), versions: having };
  };
  if (header !== undefined && header !== '') return only('header', [readVersion(header)]);
  const accepted = accept === undefined ? null : acceptedVersions(accept, vendor);
  if (accepted !== null) {
    const choice = only('accept', accepted.versions);
    if (choice.kind === 'chosen' || !accepted.any) return choice;
  }
  return fallback === null ? oldestStanding(versions, question) : only('default', [fallback]);
}

/** When all of them would yield the oldest, which then says why. */
function oldestStanding<Found>(
  versions: readonly string[],
  { find, yields }: VersionQuestion<Found>,
): VersionChoice<Found> {
  let oldest: VersionChoice<Found> = { kind: 'none' };
  for (const version of versions) {
    const found = find(version);
    if (found === null) continue;
    const choice = { kind: 'chosen', by: 'default', version, found } as const;
    if (!yields(found)) return choice;
    if (oldest.kind === 'none') oldest = choice;
  }
  return oldest;
}
