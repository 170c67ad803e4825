import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileContract } from '../compile';
import { contractChanges } from './contract-changes';
import { type SchemaPair, schemaPairs } from './schemas.fixture';

// A process for each run.
jest.setTimeout(60_000);

const BUF = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
const CONFIG = '{"version":"v2","breaking":{"use":["WIRE_JSON","EXTENSION_MESSAGE_NO_DELETE"]}}';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is broken, as lines of rule and message, enum, service or file. */
function accordingToBuf({ before, after }: SchemaPair): string[] {
  const write = (name: string, set: FileDescriptorSet): string => {
    const file = join(folder, `${name}.binpb`);
    writeFileSync(file, toBinary(FileDescriptorSetSchema, set));
    return file;
  };
  const args = ['breaking', write('after', after), '--against', write('before', before), '--config', CONFIG];
  const lines = run([...args, '--error-format', 'json']);
  return distinct(
    lines.map((line) => {
      const { type, message, path } = JSON.parse(line) as { type: string; message: string; path?: string };
      return `${type} ${type === 'FILE_SAME_PACKAGE' ? path : subjectOf(message)}`;
    }),
  );
}

function run(args: readonly string[]): string[] {
  try {
    execFileSync(process.execPath, [BUF, ...args], { stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stdout, stderr, status } = error as { stdout: Buffer; stderr: Buffer; status: number };
    // 100: it found something.
    if (status !== 100) throw new Error(stderr.toString(), { cause: error });
    return stdout.toString().trim().split('\n');
  }
}

function accordingToUs({ before, after }: SchemaPair): string[] {
  const [was, is] = [before, after].map((set) => compileContract(toBinary(FileDescriptorSetSchema, set)));
  const broken = contractChanges(was!, is!).filter(({ rule }) => rule !== null && !OWN.test(rule));
  return distinct(broken.map(({ rule, element, file }) => `${rule} ${element === '' ? file : subjectOf(element)}`));
}

/** Rules that buf doesn't have in this category. It knows extensions that are gone by file and name, not by number. */
const OWN = /^(RPC_NO_DELETE|EXTENSION_NO_DELETE|ROUTE_.*)$/;

/** The first name with a number in it. */
const subjectOf = (text: string): string => /\b([MNS]|m)\d+/.exec(text)![0].toUpperCase();

const distinct = (lines: readonly string[]): string[] => [...new Set(lines)].sort();

test('what breaks a contract is what buf says in its category WIRE_JSON and of ranges for extensions', () => {
  fc.assert(
    fc.property(schemaPairs(60), (pair) => expect(accordingToUs(pair)).toEqual(accordingToBuf(pair))),
    { numRuns: 4, endOnFailure: true },
  );
});
