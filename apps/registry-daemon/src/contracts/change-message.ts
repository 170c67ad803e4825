import { create } from '@bufbuild/protobuf';
import { type CompiledContract, type ContractChange, lineOfViolation, registryV1 } from '@gateway/contracts';

const { ADDED: added, REMOVED: removed, CHANGED: changed } = registryV1.ContractChange_Kind;
const KINDS = { added, removed, changed } as const;

/**
 * A change as the API carries it.
 * @param contract the new one, where its line is looked up
 */
export const changeMessage = (
  { kind, element, file, rule, detail }: ContractChange,
  contract: CompiledContract,
): registryV1.ContractChange =>
  create(registryV1.ContractChangeSchema, {
    kind: KINDS[kind],
    element,
    file,
    line: lineOfViolation(contract.registry, { rule: rule ?? '', place: { file, symbol: element } }),
    rule: rule ?? '',
    detail,
  });
