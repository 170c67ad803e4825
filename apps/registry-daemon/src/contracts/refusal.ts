import { create, toBinary, toJson } from '@bufbuild/protobuf';
import { type CompiledContract, type ContractViolation, lineOfViolation, registryV1 } from '@gateway/contracts';
import { type ErrorCode, type ErrorDetail, GatewayError } from '@gateway/errors';

/** They travel in a trailer, which peers bound to some kilobytes; `DiffContract` tells all. */
const MAX_VIOLATIONS = 16;
const MAX_DETAIL_CHARACTERS = 300;

/**
 * The error that refuses a contract, with its violations in the details of its status.
 * @param contract where their lines are looked up; null: it doesn't compile
 */
export function refusalOf(
  code: ErrorCode,
  text: string,
  violations: readonly ContractViolation[],
  contract: CompiledContract | null,
): GatewayError {
  const more = violations.length - 1;
  const detail = more > 0 ? `${text} (and ${more} more)` : text;
  return new GatewayError(code, { detail, details: [detailOf(violations, contract)] });
}

function detailOf(violations: readonly ContractViolation[], contract: CompiledContract | null): ErrorDetail {
  const refusal = create(registryV1.ContractRefusalSchema, {
    violations: violations.slice(0, MAX_VIOLATIONS).map((each) => {
      const violation = violationMessage(each, contract);
      return { ...violation, detail: violation.detail.slice(0, MAX_DETAIL_CHARACTERS) };
    }),
  });
  const typeUrl = `type.googleapis.com/${registryV1.ContractRefusalSchema.typeName}`;
  const json = { '@type': typeUrl, ...(toJson(registryV1.ContractRefusalSchema, refusal) as object) };
  return { typeUrl, value: toBinary(registryV1.ContractRefusalSchema, refusal), json };
}

/** A violation as the API carries it. */
export const violationMessage = (
  violation: ContractViolation,
  contract: CompiledContract | null,
): registryV1.ContractViolation =>
  create(registryV1.ContractViolationSchema, {
    rule: violation.rule,
    element: violation.place.symbol,
    file: violation.place.file,
    line: contract ? lineOfViolation(contract.registry, violation) : 0,
    detail: violation.detail,
  });
