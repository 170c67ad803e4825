import { isFieldSet, toJson } from '@bufbuild/protobuf';
import type { CompiledMethod } from '../compile';
import { methodPlace } from '../compile';
import { AuthPolicy_Mode as Mode, type RoutePolicy, RoutePolicySchema } from '../gen/gateway/v1/policy_pb';
import type { ReportChange } from './contract-change';

/** Reports which parts of a method's policy differ. None of it is breaking, also where the policy is stricter. */
export function comparePolicies(before: CompiledMethod, after: CompiledMethod, report: ReportChange): void {
  const { file, symbol: element } = methodPlace(after.desc);
  const [was, is] = [partsOf(before.policy), partsOf(after.policy)];
  for (const { name } of RoutePolicySchema.fields) {
    const [one, other] = [was.get(name), is.get(name)];
    if (one === other) continue;
    const kind = one === undefined ? 'added' : other === undefined ? 'removed' : 'changed';
    const stricter = name === 'auth' && strictness(after.policy) > strictness(before.policy) ? ' (stricter)' : '';
    report({
      kind,
      file,
      element,
      rule: null,
      detail: `policy.${name}: ${one ?? 'none'} -> ${other ?? 'none'}${stricter}`,
    });
  }
}

/** The parts that are set, as JSON, by their proto names. */
function partsOf(policy: RoutePolicy): ReadonlyMap<string, string> {
  const json = toJson(RoutePolicySchema, policy) as Record<string, unknown>;
  return new Map(
    RoutePolicySchema.fields
      .filter((field) => isFieldSet(policy, field))
      .map((field): [string, string] => [field.name, JSON.stringify(json[field.jsonName])]),
  );
}

/** What a caller has to show, as a number to compare: what isn't annotated is closed. */
function strictness({ auth }: RoutePolicy): number {
  if (auth?.mode === Mode.NONE) return 0;
  if (auth?.mode === Mode.OPTIONAL) return 1;
  return 2 + (auth?.scopes.length ?? 0) + (auth?.permission ? 1 : 0);
}
