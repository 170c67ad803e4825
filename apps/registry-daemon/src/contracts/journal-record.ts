import { crc32 } from 'node:zlib';
import { type ContractEntry, readEntry } from './contract-entry';

/** What the lines of a journal say. */
export interface JournalText {
  readonly entries: readonly ContractEntry[];
  /** How many bytes of it are whole lines; what follows was torn by a crash. */
  readonly wholeBytes: number;
  /** Numbers (from 1) of whole lines that can't be read: damage, not a crash. */
  readonly damaged: readonly number[];
}

/** One line: the checksum of the JSON behind it, in hex. */
export function writeRecord(entry: ContractEntry): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

/** Reads a journal from its bytes, whatever they are. */
export function readRecords(bytes: Buffer): JournalText {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = wholeBytes === 0 ? [] : bytes.toString('utf8', 0, wholeBytes - 1).split('\n');
  const entries: ContractEntry[] = [];
  const damaged: number[] = [];
  lines.forEach((line, index) => {
    const entry = readRecord(line);
    if (entry) entries.push(entry);
    else damaged.push(index + 1);
  });
  return { entries, wholeBytes, damaged };
}

function readRecord(line: string): ContractEntry | null {
  const [, sum, json] = /^([0-9a-f]{8}) (\{.*\})$/.exec(line) ?? [];
  if (json === undefined || checksum(json) !== sum) return null;
  try {
    return readEntry(JSON.parse(json) as Record<string, unknown>);
  } catch {
    return null;
  }
}

const checksum = (json: string): string => crc32(json).toString(16).padStart(8, '0');
