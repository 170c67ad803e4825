import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf } from '@gateway/contracts';
import type { ContractEntry } from './contract-entry';
import type { ContractJournal } from './journal';
import { readRecords, writeRecord } from './journal-record';

/** Where the journal tells of what it found. A pino logger fits. */
export interface JournalLogger {
  warn(details: object, message: string): void;
}

/** Publications of a service that are kept. */
export const HISTORY_PER_SERVICE = 100;

const LOG = 'contracts.log';
const SETS = 'contracts';

/**
 * The journal in a folder: `contracts.log`, to which lines are only appended, and `contracts/<digest>.binpb`. A contract's
 * bytes are on disk before the line that names them, so that no line leads nowhere. Opening it drops a line that a crash
 * tore, and rewrites the log (beside its place, then renamed) when it holds more history than is kept.
 */
export class DiskJournal implements ContractJournal {
  readonly #entries: ContractEntry[] = [];
  /** Numbers of lines that could not be read. */
  readonly damaged: readonly number[];

  /** @throws Error when the folder can't be read or written */
  constructor(
    private readonly folder: string,
    private readonly logger: JournalLogger,
  ) {
    mkdirSync(join(folder, SETS), { recursive: true });
    const bytes = this.#readLog();
    const { entries, wholeBytes, damaged } = readRecords(bytes);
    this.damaged = damaged;
    if (wholeBytes < bytes.length) this.#dropTorn(wholeBytes, bytes.length - wholeBytes);
    if (damaged.length > 0)
      logger.warn({ lines: damaged, file: this.#log }, 'damaged lines of the journal are left out');
    this.#entries = latestOf(entries);
    // A damaged log is left as it is, for whoever repairs it.
    if (damaged.length === 0 && this.#entries.length < entries.length) this.#compact();
  }

  entries(): readonly ContractEntry[] {
    return this.#entries;
  }

  read(digest: string): Uint8Array | undefined {
    const bytes = readIfThere(this.#setFile(digest));
    if (!bytes || digestOf(bytes) === digest) return bytes;
    this.logger.warn({ digest, file: this.#setFile(digest) }, 'a contract on disk is damaged');
    return undefined;
  }

  append(entry: ContractEntry, descriptorSet: Uint8Array): void {
    if (this.read(entry.digest) === undefined) replaceFile(this.#setFile(entry.digest), descriptorSet);
    const handle = openSync(this.#log, 'a', 0o600);
    const before = fstatSync(handle).size;
    try {
      writeWhole(handle, Buffer.from(writeRecord(entry)));
      fsyncSync(handle);
      if (before === 0) syncFolder(this.folder);
    } catch (error) {
      // Half a line would swallow the next one.
      ftruncateSync(handle, before);
      throw error;
    } finally {
      closeSync(handle);
    }
    this.#entries.push(entry);
  }

  get #log(): string {
    return join(this.folder, LOG);
  }

  #setFile(digest: string): string {
    // A colon isn't allowed in file names everywhere.
    return join(this.folder, SETS, `${digest.replace(':', '-')}.binpb`);
  }

  #readLog(): Buffer {
    return readIfThere(this.#log) ?? Buffer.alloc(0);
  }

  #dropTorn(wholeBytes: number, torn: number): void {
    this.logger.warn({ file: this.#log, bytes: torn }, 'a crash tore the last line of the journal; it is dropped');
    const handle = openSync(this.#log, 'r+');
    ftruncateSync(handle, wholeBytes);
    fsyncSync(handle);
    closeSync(handle);
  }

  #compact(): void {
    replaceFile(this.#log, Buffer.from(this.#entries.map(writeRecord).join('')));
    const kept = new Set(this.#entries.map(({ digest }) => this.#setFile(digest)));
    for (const name of readdirSync(join(this.folder, SETS))) {
      const file = join(this.folder, SETS, name);
      if (!kept.has(file)) rmSync(file, { force: true });
    }
  }
}

/** The last publications of each service, in their order. */
function latestOf(entries: readonly ContractEntry[]): ContractEntry[] {
  const counts = new Map<string, number>();
  return entries
    .toReversed()
    .filter(({ service, servedAt }) => {
      const count = counts.get(service) ?? 0;
      // That one was served is no publication of its own.
      if (servedAt === undefined) counts.set(service, count + 1);
      return count < HISTORY_PER_SERVICE;
    })
    .reverse();
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, also over a crash: written beside its place, made safe, renamed, and the folder made safe. */
function replaceFile(file: string, bytes: Uint8Array): void {
  const handle = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeWhole(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
  syncFolder(dirname(file));
}

/** Makes the names in a folder safe. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

function writeWhole(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}
