import { CompilationError, type RuntimeError } from '@bufbuild/protovalidate';
import type { DeclaredRules } from './declared-rules';
import { PatternError, type Patterns } from './patterns';
import { probesOf } from './probe';
import { problemAt, type RuleProblem } from './rule-problem';
import type { Validators } from './validators';

/**
 * What no message could ever pass: CEL that names what isn't there or has the wrong type. protovalidate finds that only
 * when it evaluates, and tells it apart from what depends on the values (an index, a division) by nothing but its words.
 */
const NEVER =
  /^(?:field not found|found no matching overload|unresolved|unbound function|unknown function|expression .* outputs )/;

/** What can't be applied of the rules that a type declares. */
export function problemsOf(declared: DeclaredRules, validators: Validators): RuleProblem[] {
  const { desc } = declared;
  const problems = patternProblems(declared, validators.patterns);
  if (problems.length > 0) return problems;
  for (const probe of probesOf(desc)) {
    const result = validators.all.validate(desc, probe);
    if (result.kind === 'error' && isAuthors(result.error)) return [locate(declared, result.error.message)];
  }
  return [];
}

function patternProblems({ desc, patterns: declared }: DeclaredRules, patterns: Patterns): RuleProblem[] {
  return declared.flatMap(({ field, pattern }) => {
    try {
      patterns.compile(pattern);
      return [];
    } catch (error) {
      return [problemAt(desc, field, (error as PatternError).message)];
    }
  });
}

const isAuthors = (error: CompilationError | RuntimeError): boolean =>
  error instanceof CompilationError || isPattern(error) || NEVER.test(error.message);

/** CEL wraps what a function throws. */
function isPattern(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof PatternError) return true;
  return false;
}

/** What comes before the id of a rule in protovalidate's errors. */
const NAMING = ['failed to compile', 'expression'];

/** The field is known when the message names the rule, or the type has only one that it can be. */
function locate({ desc, expressions }: DeclaredRules, detail: string): RuleProblem {
  const named = expressions.filter(({ id }) => NAMING.some((words) => detail.startsWith(`${words} ${id}`)));
  const candidates = named.length > 0 ? named : expressions;
  const fields = new Set(candidates.map(({ field }) => field));
  const inText = desc.fields.find((field) => detail.endsWith(field.toString()))?.name;
  return problemAt(desc, inText ?? (fields.size === 1 ? [...fields][0]! : ''), detail);
}
