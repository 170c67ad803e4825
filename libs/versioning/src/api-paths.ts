const LETTER_V = 'v'.charCodeAt(0);
const SLASH = '/'.charCodeAt(0);
/** Of a version, in characters: see isVersion. */
const MAX_LENGTH = 32;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isLetter = (code: number): boolean => code >= 0x61 && code <= 0x7a;

/** Where the versions of an API stand in its paths: `<prefix>/v1/items`. Works on paths and on path templates alike. */
export class ApiPaths {
  private readonly root: string;

  /** @param prefix such as `/api`; '' when versions stand first */
  constructor(private readonly prefix: string) {
    this.root = `${prefix}/`;
  }

  /** Whether a path lies below the prefix. */
  covers(path: string): boolean {
    return path.startsWith(this.root);
  }

  /** Whether a path names a version. Asked for every request, and so without making a string of it. */
  namesVersion(path: string): boolean {
    const from = this.root.length;
    // Most other segments are told by their first two letters.
    if (path.charCodeAt(from) !== LETTER_V || !isDigit(path.charCodeAt(from + 1)) || !this.covers(path)) return false;
    let at = from + 2;
    while (isDigit(path.charCodeAt(at)) || isLetter(path.charCodeAt(at))) at++;
    return at - from <= MAX_LENGTH && (at === path.length || path.charCodeAt(at) === SLASH);
  }

  /** The version that a path names; null: none. */
  versionIn(path: string): string | null {
    return this.namesVersion(path) ? this.segmentIn(path) : null;
  }

  /** The segment behind the prefix, of a path below it. */
  segmentIn(path: string): string {
    const end = path.indexOf('/', this.root.length);
    return path.slice(this.root.length, end < 0 ? undefined : end);
  }

  /** The path in a version, whether it names one or none. */
  inVersion(path: string, version: string): string {
    const named = this.versionIn(path);
    const tail = named === null ? path.slice(this.prefix.length) : path.slice(this.root.length + named.length);
    return this.root + version + tail;
  }
}
