/** What `Accept` says about versions. */
export interface AcceptedVersions {
  /** Of our media type, what is wanted most first. */
  readonly versions: readonly string[];
  /** Whether JSON of whatever version will do, too. */
  readonly any: boolean;
}

/** More ranges than this are no negotiation. What stands behind them isn't read. */
const MAX_RANGES = 32;
const ANY_JSON = new Set(['application/json', 'application/*', '*/*']);

/** The media type of one version: `application/vnd.<vendor>.v2+json`. */
export const versionedType = (vendor: string, version: string): string => `application/vnd.${vendor}.${version}+json`;

/**
 * Reads the versions that an `Accept` field asks for by their media types (RFC 9110 §12.5.1), by weight and then as they
 * stand; null: none of them is ours, and so the field says nothing about versions.
 * @param vendor lower case
 */
export function acceptedVersions(accept: string, vendor: string): AcceptedVersions | null {
  const prefix = `application/vnd.${vendor}.`;
  const lower = accept.toLowerCase();
  if (!lower.includes(prefix)) return null;
  const ranges = lower.split(',', MAX_RANGES).map(readRange);
  const ours = ranges.filter(({ type }) => type.startsWith(prefix) && type.endsWith('+json'));
  if (ours.length === 0) return null;
  const wanted = ours.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return {
    versions: wanted.map(({ type }) => type.slice(prefix.length, -'+json'.length)),
    any: ranges.some(({ type, weight }) => weight > 0 && ANY_JSON.has(type)),
  };
}

interface Range {
  readonly type: string;
  /** 0 to 1. */
  readonly weight: number;
}

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((each) => each.trim());
  const weight = parameters.find((each) => each.startsWith('q='))?.slice(2);
  return { type, weight: weight === undefined ? 1 : weightOf(weight) };
}

/** RFC 9110 §12.4.2. What isn't a weight doesn't make its range more wanted than the others. */
const weightOf = (text: string): number => (/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0);
