import type { Registry } from '@bufbuild/protobuf';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import { Patterns } from './patterns';

/** What evaluates rules, in two ways. */
export interface Validators {
  /** Stops at the first broken rule: what a wrong message costs is bounded by what a right one does. */
  readonly first: Validator;
  /** Finds all broken rules. */
  readonly all: Validator;
  readonly patterns: Patterns;
}

/**
 * Makes validators. The first use of each costs in the order of 100 ms: protovalidate then compiles the CEL of all standard
 * rules of a type.
 * @param registry the contract's types, for what its own CEL and predefined rules name
 */
export function validatorsWith(registry?: Registry): Validators {
  const patterns = new Patterns();
  const options = { registry, regexMatch: patterns.match };
  return { first: createValidator({ ...options, failFast: true }), all: createValidator(options), patterns };
}

/** Message types that one pair of validators serves: it keeps them for good, so it must not serve forever. */
const SERVED = 256;

/** One pair of validators for all contracts that have none but standard rules, which need nothing of the contract. */
export class SharedValidators {
  private validators: Validators | null = null;
  private served = 0;

  /** The validators for rules of that many types. */
  for(types: number): Validators {
    this.served += types;
    if (this.validators === null || this.served > SERVED) {
      this.validators = validatorsWith();
      this.served = types;
    }
    return this.validators;
  }
}
