import type { FileRegistry } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type CompiledContract, compileContract, contractChanges, ContractError, registryV1 } from '@gateway/contracts';
import { EXIT, Failure } from '../failure';
import { findingLine } from './violations';

const { ADDED, REMOVED, CHANGED } = registryV1.ContractChange_Kind;
const KINDS = { added: ADDED, removed: REMOVED, changed: CHANGED } as const;

/** A line for each change: `!` breaks, `+` is new, `-` is gone, `~` differs. */
export const changeLines = (
  changes: readonly registryV1.ContractChange[],
  sources: FileRegistry | null = null,
): string[] => changes.map((change) => `${signOf(change)} ${findingLine(change, sources)}`);

function signOf({ rule, kind }: registryV1.ContractChange): string {
  if (rule !== '') return '!';
  if (kind === ADDED) return '+';
  return kind === REMOVED ? '-' : '~';
}

/** How many changes there are, and of what weight. */
export function summaryOf(changes: readonly registryV1.ContractChange[]): string {
  if (changes.length === 0) return 'nothing changes';
  const breaking = changes.filter(({ rule }) => rule !== '').length;
  return `${breaking} breaking, ${changes.length - breaking} other changes`;
}

/** A digest that people can compare. */
export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/** How two published contracts differ. @throws Failure when this version can't read one of them */
export function changesBetween(before: Uint8Array, after: Uint8Array): registryV1.ContractChange[] {
  const changes = contractChanges(readContract(before), readContract(after));
  return changes.map(({ kind, rule, ...change }) =>
    create(registryV1.ContractChangeSchema, { ...change, kind: KINDS[kind], rule: rule ?? '' }),
  );
}

/** A contract that the registry has. @throws Failure when this version can't read it */
export function readContract(descriptorSet: Uint8Array): CompiledContract {
  try {
    return compileContract(descriptorSet);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new Failure(EXIT.data, `this version can't read the contract: ${error.message}`);
  }
}
