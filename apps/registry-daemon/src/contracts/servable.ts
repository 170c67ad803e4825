import type { DescMessage } from '@bufbuild/protobuf';
import { systemClock } from '@gateway/clock';
import {
  type CompiledContract,
  type CompiledMethod,
  type ContractViolation,
  lateField,
  methodPlace,
  MockPolicy,
  ValidationPolicy_Mode as Mode,
} from '@gateway/contracts';
import { MethodMock } from '@gateway/mocking';
import { compileTemplate, type Template, TemplateError } from '@gateway/route-table';
import { ContractRules, type RuleProblem } from '@gateway/validation';
import { FormError, isVersion, VersionForms } from '@gateway/versioning';

/**
 * What is sound as a contract, and yet no edge could serve: paths that can't be matched, rules of fields that no message
 * can be checked by, changes between versions that can't be made, examples that are no answers. Each edge would find it
 * too, when the publisher has long been told that all is well.
 */
export function unservable(contract: CompiledContract): ContractViolation[] {
  const rules = new ContractRules(contract.registry);
  const served = contract.methods.filter(({ exposed }) => exposed);
  return distinct([
    ...served.flatMap(wrongPaths),
    ...served.flatMap((method) => wrongRules(method, rules)),
    ...served.flatMap(wrongForms),
    ...served.flatMap((method) => wrongMocks(contract, method, rules)),
  ]);
}

/** Methods share messages. */
const distinct = (violations: readonly ContractViolation[]): ContractViolation[] => [
  ...new Map(violations.map((each) => [`${each.place.symbol}: ${each.detail}`, each])).values(),
];

function wrongPaths(method: CompiledMethod): ContractViolation[] {
  const place = methodPlace(method.desc);
  return method.bindings.flatMap(({ path }) => {
    try {
      const late = lateFieldOf(method, compileTemplate(path));
      if (late === undefined) return [];
      const detail = `"${late}" is known too late: the client streams, and "${path}" doesn't have it`;
      return [{ rule: 'policy', place, detail }];
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return [{ rule: 'binding', place, detail: error.message }];
    }
  });
}

function lateFieldOf({ desc: { methodKind }, policy }: CompiledMethod, { variables }: Template): string | undefined {
  if (methodKind === 'unary' || methodKind === 'server_streaming') return undefined;
  return lateField(
    variables.map(({ path }) => path.join('.')),
    policy,
  );
}

/** Those of responses count too, though few edges check them: whoever turns that on shouldn't lose a route. */
function wrongRules({ desc, policy }: CompiledMethod, rules: ContractRules): ContractViolation[] {
  if (policy.validation?.mode === Mode.OFF) return [];
  return [desc.input, desc.output].flatMap((type) => rules.of(type).problems).map(ruleViolation);
}

const ruleViolation = ({ file, message, field, detail }: RuleProblem): ContractViolation => ({
  rule: 'validation',
  place: { file, symbol: field === '' ? message : `${message}.${field}` },
  detail: `the rule can't be applied: ${detail}`,
});

/** Changes between versions, for each version that a path of the method names. */
function wrongForms({ desc: { input, output }, bindings }: CompiledMethod): ContractViolation[] {
  const versions = new Set(bindings.flatMap(({ path }) => path.split('/').filter(isVersion)));
  return [...versions].flatMap((version) => {
    const forms = new VersionForms(version);
    return [input, output].flatMap((type) => wrongForm(forms, type));
  });
}

function wrongForm(forms: VersionForms, type: DescMessage): ContractViolation[] {
  try {
    forms.ofMessage(type);
    return [];
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    const place = { file: error.type.file.proto.name, symbol: error.type.typeName };
    return [{ rule: 'versions', place, detail: error.message }];
  }
}

/** Examples are in the documentation too, whether or not the method is mocked. */
function wrongMocks({ registry }: CompiledContract, method: CompiledMethod, rules: ContractRules): ContractViolation[] {
  const { desc, path, policy } = method;
  const examples = policy.mockOptions?.examples ?? [];
  const read = rules.of(desc.output);
  if (read.problems.length > 0 || (examples.length === 0 && !isMocked(policy.mock))) return [];
  const check: MethodCheck = (message) => read.rules?.check(message) ?? null;
  const { input, output } = desc;
  const now = (): number => systemClock.now();
  return MethodMock.read({ path, input, output, registry, examples, check, now }).problems.map((detail) => ({
    rule: 'policy',
    place: { ...methodPlace(method.desc), field: 'mock_options' },
    detail: `mock_options: ${detail}`,
  }));
}

type MethodCheck = Parameters<typeof MethodMock.read>[0]['check'];

const isMocked = (mock: MockPolicy): boolean => mock === MockPolicy.ALWAYS || mock === MockPolicy.WHEN_UNAVAILABLE;
