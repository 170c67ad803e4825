import type { CompiledContract, CompiledMethod, RoutePolicy } from '@gateway/contracts';
import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { ContractRules, type MessageRules, ruleProblemLine } from '@gateway/validation';

/** The rules of a method's messages, as far as its policy asks for them. Null: nothing is checked. */
export interface RouteRules {
  readonly request: MessageRules | null;
  readonly response: MessageRules | null;
}

/** What is read of a method's rules. */
export interface RulesReading {
  readonly rules: RouteRules;
  /** Why the method can't be served, for its contract's author; null: it can. */
  readonly problem: string | null;
}

const contracts = new WeakMap<CompiledContract, ContractRules>();

/** Compiles the rules of a method; each message type of a contract once. */
export function routeRules(contract: CompiledContract, { desc, policy }: CompiledMethod): RulesReading {
  const wanted = [
    ...(requestMode(policy) === Mode.OFF ? [] : [desc.input]),
    ...(responseMode(policy) === Mode.OFF ? [] : [desc.output]),
  ];
  const known = rulesOf(contract);
  const problems = wanted.flatMap((type) => known.of(type).problems);
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return {
    rules: {
      request: wanted.includes(desc.input) ? known.of(desc.input).rules : null,
      response: wanted.includes(desc.output) ? known.of(desc.output).rules : null,
    },
    problem: problems.length === 0 ? null : `rule that can't be applied: ${ruleProblemLine(problems[0]!)}${more}`,
  };
}

/** What a request that breaks a rule meets. Rules that somebody wrote are meant: unspecified is ENFORCE. */
export const requestMode = ({ validation }: RoutePolicy): Mode => validation?.mode || Mode.ENFORCE;

/** What a response that breaks a rule meets. It costs each call, so it must be asked for: unspecified is OFF. */
export const responseMode = ({ validation }: RoutePolicy): Mode => validation?.response || Mode.OFF;

/** The rules of a contract's messages. */
export function rulesOf(contract: CompiledContract): ContractRules {
  let rules = contracts.get(contract);
  if (rules === undefined) contracts.set(contract, (rules = new ContractRules(contract.registry)));
  return rules;
}
