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
  private seen: string;

  /** @param onChange gets the new text, or the error that reading it ended in */
  constructor(
    private readonly path: string,
    clock: Pick<Clock, 'every'>,
    private readonly onChange: (text: string | Error) => void,
  ) {
    this.seen = fingerprint(path);
    this.timer = clock.every(POLL_MS, () => this.look());
  }

  /** Reads it now, changed or not. */
  reload(): void {
    this.seen = fingerprint(this.path);
    this.onChange(read(this.path));
  }

  close(): void {
    this.timer.cancel();
  }

  private look(): void {
    if (fingerprint(this.path) !== this.seen) this.reload();
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
