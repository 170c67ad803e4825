import type { FileRegistry } from '@bufbuild/protobuf';
import { compileContract, ContractError, lineOfViolation, type registryV1, violationOf } from '@gateway/contracts';
import { RegistryCallError } from '@gateway/discovery';
import { exitCodeOf } from '../connection';
import { EXIT, Failure } from '../failure';
import type { LocalContract } from './compile';

/** Something about an element of a contract: a violation, or a change. */
export type Finding = Pick<registryV1.ContractViolation, 'rule' | 'element' | 'file' | 'line' | 'detail'>;

/**
 * Reads a contract as the registry will: what is wrong is said without asking it.
 * @param path what the user calls it
 * @throws Failure
 */
export function compileLocal(
  { descriptorSet, sources }: LocalContract,
  path: string,
): ReturnType<typeof compileContract> {
  try {
    return compileContract(descriptorSet);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const violation = violationOf(error);
    const line = sources ? lineOfViolation(sources, violation) : 0;
    const { file, symbol: element } = violation.place;
    throw new Failure(
      EXIT.data,
      `${path} is no contract: ${findingLine({ ...violation, file, element, line }, sources)}`,
    );
  }
}

/** Runs a call that a contract may be refused by. @throws Failure with a line for each violation */
export async function orViolations<T>(call: Promise<T>, { sources }: LocalContract): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof RegistryCallError) || error.violations.length === 0) throw error;
    const lines = error.violations.map((each) => findingLine(each, sources));
    throw new Failure(exitCodeOf(error), [`the registry refuses: ${error.details}`, ...lines].join('\n'));
  }
}

/** One line, such as `shop/v1/shop.proto:12: shop.v1.ShopService.GetItem: … [ROUTE_NO_DELETE]`. */
export function findingLine(finding: Finding, sources: FileRegistry | null): string {
  const { file, element, detail, rule } = finding;
  const line = lineOfFinding(finding, sources);
  const place = line > 0 ? `${file}:${line}` : file;
  // A detail of the registry begins with the element where its status has nothing else to name it.
  const text = detail.startsWith(`${element}: `) ? detail.slice(element.length + 2) : detail;
  return [place, element, rule === '' ? text : `${text} [${rule}]`].filter((part) => part !== '').join(': ');
}

function lineOfFinding({ file, element, rule, line }: Finding, sources: FileRegistry | null): number {
  if (line > 0 || sources === null) return line;
  const field = rule === 'anonymous' ? 'auth.mode' : undefined;
  return lineOfViolation(sources, { rule, place: { file, symbol: element, field } });
}
