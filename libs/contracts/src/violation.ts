import type { FileRegistry } from '@bufbuild/protobuf';
import type { ContractChange } from './changes/contract-change';
import type { ContractError, ContractPlace } from './contract-error';
import { type Annotation, lineOf } from './source-line';

/** One reason to refuse a contract, for its author. */
export interface ContractViolation {
  /** What it breaks: a rule of ContractError or of ContractChange, or a word of whoever refuses it. */
  readonly rule: string;
  readonly place: ContractPlace;
  readonly detail: string;
}

/** Of a contract that can't be used. */
export const violationOf = ({ rule, place, detail }: ContractError): ContractViolation => ({ rule, place, detail });

/** Of changes that break what was published. */
export const violationsIn = (changes: readonly ContractChange[]): ContractViolation[] =>
  changes.flatMap(({ rule, file, element, detail }) =>
    rule === null ? [] : [{ rule, place: { file, symbol: element }, detail }],
  );

/** The line of the file on which it is, from 1; 0 when the set doesn't say. */
export const lineOfViolation = (registry: FileRegistry, { rule, place }: Omit<ContractViolation, 'detail'>): number =>
  lineOf(registry, place, annotationOf(rule)) ?? 0;

/** Which annotation of a method a rule is about. */
function annotationOf(rule: string): Annotation | undefined {
  if (rule === 'policy' || rule === 'anonymous') return 'policy';
  return /^(binding|bounds|reserved|path|catch-all|taken|ROUTE_.*)$/.test(rule) ? 'route' : undefined;
}
