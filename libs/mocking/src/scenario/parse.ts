import { LineCounter, parseDocument } from 'yaml';
import type { Scenario, ScenarioRule } from './scenario';
import { type ScenarioFile, scenarioSchema } from './schema';
import { unknownNames } from './template';

/** A scenario that can't be played. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';

  /** @param problems each with the offending key */
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** The state that a session begins in when the file doesn't say. */
const START = 'start';
/** Longest file, in characters. */
const MAX_LENGTH = 4_194_304;

/**
 * Reads a scenario file: YAML 1.2, strictly.
 * @param name what it is called when it doesn't say so itself
 * @throws ScenarioError with every problem at once; nothing else, whatever the text
 */
export function parseScenario(text: string, name: string): Scenario {
  if (text.length > MAX_LENGTH) throw new ScenarioError([`is longer than ${MAX_LENGTH} characters`]);
  const result = scenarioSchema.safeParse(readYaml(text));
  if (!result.success) throw new ScenarioError(result.error.issues.flatMap((issue) => explain(issue, [])));
  const scenario = scenarioOf(result.data, name);
  const problems = [...stateProblems(scenario), ...templateProblems(scenario)];
  if (problems.length > 0) throw new ScenarioError(problems);
  return scenario;
}

function readYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const options = { version: '1.2', strict: true, uniqueKeys: true, prettyErrors: false, lineCounter } as const;
  const document = parseDocument(text, options);
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0)
    throw new ScenarioError(wrong.map(({ pos, message }) => `line ${lineCounter.linePos(pos[0]).line}: ${message}`));
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    // Aliases of aliases (a "billion laughs" document).
    throw new ScenarioError([(error as Error).message]);
  }
}

function scenarioOf(file: ScenarioFile, name: string): Scenario {
  const rules = file.rules.map(ruleOf);
  const initial = file.initial ?? START;
  const reached = rules.flatMap(({ then }) => then ?? []);
  return {
    name: file.name ?? name,
    seed: String(file.seed),
    initial,
    states: [...new Set([initial, ...reached])],
    rules,
  };
}

function ruleOf({
  in: states,
  method,
  when,
  answer,
  exact,
  latency,
  fault,
  then,
}: ScenarioFile['rules'][number]): ScenarioRule {
  return {
    states,
    method,
    request: Object.entries(when.request).map(([path, condition]) => ({ path: path.split('.'), condition })),
    headers: Object.entries(when.headers).map(([name, condition]) => ({ name: name.toLowerCase(), condition })),
    calls: when.calls,
    answers: answer,
    exact,
    latency: latency ?? null,
    fault: fault ?? null,
    then: then ?? null,
  };
}

/** A state that nothing leads to is a mistyped one. */
const stateProblems = ({ rules, states }: Scenario): string[] =>
  rules.flatMap((rule, index) =>
    (rule.states ?? [])
      .filter((state) => !states.includes(state))
      .map((state) => `rules[${index}].in: nothing leads to the state "${state}"`),
  );

const templateProblems = ({ rules }: Scenario): string[] =>
  rules.flatMap(({ answers, exact }, index) =>
    (exact ? [] : answers)
      .flatMap(unknownNames)
      .map((name) => `rules[${index}].answer: "${name}" is none of {request.<field>}, {call}, {session}, {state}`),
  );

type Issue = NonNullable<ReturnType<typeof scenarioSchema.safeParse>['error']>['issues'][number];

/** Each wrong key by itself; of alternatives the one that comes closest. */
function explain(issue: Issue, parents: readonly PropertyKey[]): string[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${placeOf([...path, key])}: is not a key`);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.toSorted((one, other) => closeness(other as Issue[]) - closeness(one as Issue[]))[0]!;
    return (closest as Issue[]).flatMap((each) => explain(each, path));
  }
  return [`${placeOf(path)}: ${issue.message}`];
}

/** How much an alternative looks like what was meant: a wrong value deep inside does, a key that it doesn't have doesn't. */
const closeness = (issues: readonly Issue[]): number =>
  issues.reduce((sum, { code, path }) => sum + (CLOSENESS[code] ?? 0) + path.length, 0);

const CLOSENESS: Readonly<Record<string, number>> = { custom: 10, unrecognized_keys: -5 };

/** `rules[0].when.request`. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
