import { readFileSync, statSync } from 'node:fs';
import type { Clock, Timer } from '@gateway/clock';

/** How often the file is looked at, in milliseconds. */
const POLL_MS = 1_000;

/**
 * Tells when a file has changed. By polling: a file of a Kubernetes ConfigMap changes by swapping a symlink, which
 * fs.watch may miss.
 */
export class WatchedFile {
  private readonly timer: Timer;
  /** The file, and those that it names, as they were last seen. */
  private seen: ReadonlyMap<string, string>;

  /** @param onChange gets the new text, or the error that reading it ended in */
  constructor(
    private readonly path: string,
    clock: Pick<Clock, 'every'>,
    private readonly onChange: (text: string | Error) => void,
  ) {
    this.seen = new Map([[path, fingerprint(path)]]);
    this.timer = clock.every(POLL_MS, () => this.look());
  }

  /** Looks at these files, too: a change of one is a change of the file. Those of the last call are forgotten. */
  watchToo(paths: readonly string[]): void {
    this.seen = new Map([this.path, ...paths].map((path) => [path, this.seen.get(path) ?? fingerprint(path)]));
  }

  /** Reads it now, changed or not. */
  reload(): void {
    this.seen = new Map([...this.seen.keys()].map((path) => [path, fingerprint(path)]));
    this.onChange(read(this.path));
  }

  close(): void {
    this.timer.cancel();
  }

  private look(): void {
    if ([...this.seen].some(([path, seen]) => fingerprint(path) !== seen)) this.reload();
  }
}

function fingerprint(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function read(path: string): string | Error {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return error as Error;
  }
}
