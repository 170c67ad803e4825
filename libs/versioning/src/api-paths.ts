import { isVersion } from './version';

const LETTER_V = 'v'.charCodeAt(0);

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

  /** The version that a path names; null: none. */
  versionIn(path: string): string | null {
    const from = this.root.length;
    // Most other segments are told by their first letter.
    if (path.charCodeAt(from) !== LETTER_V || !this.covers(path)) return null;
    const segment = this.segmentIn(path);
    return isVersion(segment) ? segment : null;
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
