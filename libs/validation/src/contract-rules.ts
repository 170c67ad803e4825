import type { DescMessage, Registry } from '@bufbuild/protobuf';
import { type DeclaredRules, declaredRules } from './declared-rules';
import { type MessageRules, messageRules } from './message-rules';
import { probesOf } from './probe';
import { reachableTypes } from './reachable';
import { problemsOf } from './rule-check';
import { problemAt, type RuleProblem } from './rule-problem';
import { SharedValidators, type Validators, validatorsWith } from './validators';

export type { MessageRules } from './message-rules';

/** The rules of a message type, as far as they can be applied. */
export interface ReadRules {
  /** Null: neither the type nor anything inside has rules, or there are problems. */
  readonly rules: MessageRules | null;
  /** Rules that no message can be checked by. Empty: all is well. */
  readonly problems: readonly RuleProblem[];
}

const NONE: ReadRules = { rules: null, problems: [] };

const shared = new SharedValidators();

/**
 * The buf.validate rules of one contract, compiled once for each message type that somebody asks for. What can't be applied
 * is found here: while requests are served nothing is left to fail.
 */
export class ContractRules {
  private readonly read = new Map<DescMessage, ReadRules>();
  private own: Validators | null = null;

  /** @param registry every type of the contract */
  constructor(private readonly registry: Registry) {}

  /** The rules of a type and of all types inside it. Never throws. */
  of(desc: DescMessage): ReadRules {
    let read = this.read.get(desc);
    if (read === undefined) this.read.set(desc, (read = this.compile(desc)));
    return read;
  }

  private compile(desc: DescMessage): ReadRules {
    const declared: DeclaredRules[] = [];
    for (const type of reachableTypes(desc)) {
      try {
        const rules = declaredRules(type);
        if (rules !== null) declared.push(rules);
      } catch (error) {
        return { rules: null, problems: [problemAt(type, '', `its rules can't be read: ${(error as Error).message}`)] };
      }
    }
    return declared.length === 0 ? NONE : this.compileDeclared(desc, declared);
  }

  private compileDeclared(desc: DescMessage, declared: readonly DeclaredRules[]): ReadRules {
    const validators = declared.some(({ isCustom }) => isCustom) ? this.custom() : shared.for(declared.length);
    const problems = declared.flatMap((each) => problemsOf(each, validators));
    if (problems.length > 0) return { rules: null, problems: distinct(problems) };
    const rules = messageRules(desc, validators);
    warmUp(desc, rules);
    return { rules, problems };
  }

  private custom(): Validators {
    return (this.own ??= validatorsWith(this.registry));
  }
}

/** A type's problem shows again in whatever contains it. */
const distinct = (problems: readonly RuleProblem[]): RuleProblem[] => [
  ...new Map(problems.map((problem) => [problem.detail, problem])).values(),
];

/** Plans the evaluation now, so that the first request doesn't wait for it. */
function warmUp(desc: DescMessage, rules: MessageRules): void {
  for (const probe of probesOf(desc)) rules.check(probe);
}
