import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileRegistry, type DescMessage, type FileRegistry, fromBinary, type Message } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import { systemClock } from '@gateway/clock';
import type { FieldError } from '@gateway/errors';
import { RE2JS } from 're2js';
import { MethodMock, type MethodMockOptions, type ReadMethodMock } from '../method-mock';

/** `shapes.proto` as descriptors that exist at run time only, as contracts do. */
function compile(): FileRegistry {
  const root = mkdtempSync(join(tmpdir(), 'gateway-shapes-'));
  try {
    cpSync(import.meta.dirname, root, { recursive: true });
    cpSync('protos/buf', join(root, 'buf'), { recursive: true });
    const built = spawnSync('node_modules/.bin/buf', ['build', root, '-o', '-'], { maxBuffer: 1 << 24 });
    if (built.status !== 0) throw new Error(String(built.stderr));
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, built.stdout));
  } finally {
    rmSync(root, { recursive: true });
  }
}

export const registry = compile();

/** A message type of `shapes.proto`. */
export const typeOf = (name: string): DescMessage => registry.getMessage(`shapes.v1.${name}`)!;

const validator = createValidator({ registry, regexMatch: (pattern, text) => RE2JS.compile(pattern).test(text) });

/** Checks messages of a type as protovalidate does. */
export const checkFor =
  (desc: DescMessage) =>
  (message: Message): readonly FieldError[] | null => {
    const result = validator.validate(desc, message);
    if (result.kind === 'valid') return null;
    if (result.kind === 'error') throw result.error;
    return result.violations.map(({ ruleId, message: detail, field }) => ({
      pointer: field.map((part) => ('name' in part ? part.name : '')).join('.'),
      rule: ruleId,
      detail,
    }));
  };

/** What mocks a method with these messages. */
export function readMock(input: string, output: string, more: Partial<MethodMockOptions> = {}): ReadMethodMock {
  return MethodMock.read({
    path: `/shapes.v1.ShopService/${output}`,
    input: typeOf(input),
    output: typeOf(output),
    registry,
    examples: [],
    check: checkFor(typeOf(output)),
    // Rules that ask for a time near now are checked against the real one.
    now: () => systemClock.now(),
    ...more,
  });
}

/** One that must be possible. */
export function mockOf(input: string, output: string, more: Partial<MethodMockOptions> = {}): MethodMock {
  const { mock, problems } = readMock(input, output, more);
  if (mock === null) throw new Error(problems.join('\n'));
  return mock;
}
