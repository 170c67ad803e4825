import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '@gateway/contracts';
import fc from 'fast-check';
import type { ContractEntry } from './contract-entry';
import { DiskJournal, HISTORY_PER_SERVICE } from './disk-journal';
import { readRecords, writeRecord } from './journal-record';

let folder: string;
let warned: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  warned = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): DiskJournal => new DiskJournal(folder, { warn: (_details, message) => warned.push(message) });
const log = (): string => join(folder, 'contracts.log');
const setOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function entryOf(text: string, service = 'demo', publishedAt = 1): ContractEntry {
  return { service, digest: digestOf(setOf(text)), owner: 'spiffe://gateway.local/demo', publishedAt };
}

function append(journal: DiskJournal, text: string, service?: string): ContractEntry {
  const entry = entryOf(text, service);
  journal.append(entry, setOf(text));
  return entry;
}

describe('a journal', () => {
  test('is empty at first, and has after a restart what was added', () => {
    expect(open().entries()).toEqual([]);
    const journal = open();
    const entries = [append(journal, 'one'), append(journal, 'two', 'ö-service'), append(journal, 'one')];
    expect(journal.entries()).toEqual(entries);
    const again = open();
    expect(again.entries()).toEqual(entries);
    expect(Buffer.from(again.read(entries[0]!.digest)!).toString()).toBe('one');
    expect(again.read(digestOf(setOf('three')))).toBeUndefined();
    expect(warned).toEqual([]);
  });

  test('drops a last line that a crash tore, and goes on behind the whole ones', () => {
    const journal = open();
    const first = append(journal, 'one');
    append(journal, 'two');
    truncateSync(log(), readFileSync(log()).length - 5);
    const again = open();
    expect(again.entries()).toEqual([first]);
    expect(warned).toEqual([expect.stringMatching(/tore the last line/)]);
    const third = append(again, 'three');
    expect(open().entries()).toEqual([first, third]);
    expect(warned).toHaveLength(1);
  });

  test('leaves out a damaged line in the middle, says so, and keeps the file for whoever repairs it', () => {
    const journal = open();
    const entries = [append(journal, 'one'), append(journal, 'two'), append(journal, 'three')];
    const lines = readFileSync(log(), 'utf8').split('\n');
    lines[1] = lines[1]!.replace('gateway.local', 'gateway.evil!');
    writeFileSync(log(), lines.join('\n'));
    const again = open();
    expect(again.entries()).toEqual([entries[0], entries[2]]);
    expect(again.damaged).toEqual([2]);
    expect(readFileSync(log(), 'utf8')).toBe(lines.join('\n'));
  });

  test('doesn’t hand out a contract whose bytes changed, and writes them anew', () => {
    const journal = open();
    const entry = append(journal, 'one');
    const file = join(folder, 'contracts', readdirSync(join(folder, 'contracts'))[0]!);
    writeFileSync(file, 'two');
    expect(journal.read(entry.digest)).toBeUndefined();
    append(journal, 'one');
    expect(Buffer.from(journal.read(entry.digest)!).toString()).toBe('one');
  });

  test('keeps the latest publications of each service, and the bytes they need', () => {
    const journal = open();
    append(journal, 'other', 'other');
    const entries = Array.from({ length: HISTORY_PER_SERVICE + 5 }, (_each, index) => append(journal, `v${index}`));
    const again = open();
    expect(again.entries().slice(1)).toEqual(entries.slice(5));
    expect(again.entries()[0]!.service).toBe('other');
    expect(again.read(entries[0]!.digest)).toBeUndefined();
    expect(readdirSync(join(folder, 'contracts'))).toHaveLength(HISTORY_PER_SERVICE + 1);
    expect(open().entries()).toEqual(again.entries());
  });

  test('has a publication that is served once more, which counts for none', () => {
    const journal = open();
    const entries = Array.from({ length: HISTORY_PER_SERVICE }, (_each, index) => append(journal, `v${index}`));
    const served = { ...entries[3]!, servedAt: 9 };
    journal.append(served, setOf('v3'));
    expect(open().entries()).toEqual([...entries, served]);
  });

  test('adds nothing when the disk refuses', () => {
    const journal = open();
    const first = append(journal, 'one');
    rmSync(join(folder, 'contracts'), { recursive: true });
    writeFileSync(join(folder, 'contracts'), 'a file, not a folder');
    expect(() => append(journal, 'two')).toThrow();
    expect(journal.entries()).toEqual([first]);
    expect(readRecords(readFileSync(log())).entries).toEqual([first]);
  });

  test('can’t be opened where it can’t be kept', () => {
    writeFileSync(join(folder, 'contracts'), '');
    expect(open).toThrow();
    chmodSync(folder, 0o700);
  });
});

describe('records', () => {
  test('keep who published, what was allowed and why, and are read without it', () => {
    const entry = entryOf('x');
    const told = {
      ...entry,
      servedAt: 5,
      publishedBy: 'spiffe://gateway.local/operator',
      allowedBreaking: true,
      note: 'ö',
    } as const;
    const odd = { ...entry, publishedBy: 1, allowedBreaking: 'yes', note: null, unheardOf: true };
    const bytes = Buffer.from([entry, told, odd as never].map(writeRecord).join(''));
    expect(readRecords(bytes)).toMatchObject({ damaged: [] });
    expect(readRecords(bytes).entries).toEqual([entry, told, entry]);
  });

  test('survive, and name the damaged ones, whatever bytes are between them', () => {
    const entry = entryOf('x');
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a)));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(null), noise), { maxLength: 8 }), noise, (parts, tail) => {
        const lines = parts.map((part) => part ?? Buffer.from(writeRecord(entry).slice(0, -1)));
        const bytes = Buffer.concat([...lines.flatMap((line) => [line, Buffer.from('\n')]), tail]);
        const read = readRecords(bytes);
        expect(read.entries).toHaveLength(parts.filter((part) => part === null).length);
        expect(read.entries.length + read.damaged.length).toBe(parts.length);
        expect(read.wholeBytes).toBe(bytes.length - tail.length);
      }),
    );
  });

  test.each([
    '{}',
    '{"service":1,"owner":"b","publishedAt":1,"digest":"x"}',
    '{"service":"a","owner":"b","publishedAt":1,"digest":"x"}',
    '{broken}',
  ])('of another shape are damaged, though their checksum is right: %s', (json) => {
    const sum = crc32(json).toString(16).padStart(8, '0');
    appendFileSync(log(), `${sum} ${json}\n`);
    expect(open().damaged).toEqual([1]);
  });
});
