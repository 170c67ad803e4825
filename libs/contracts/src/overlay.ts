import { isFieldSet } from '@bufbuild/protobuf';
import { resolveBindings } from './bindings';
import { type CompiledContract, type CompiledMethod, methodPlace } from './compile';
import { ContractError } from './contract-error';
import { effectivePolicy } from './effective-policy';
import { type RoutePolicy, RoutePolicySchema } from './gen/gateway/v1/policy_pb';
import type { HttpRule } from './gen/google/api/http_pb';
import { policyProblems } from './policy-rules';
import { messageScope } from './policy-scope';

/** What stands in the place of a method's own annotations, for protos that nobody may edit. */
export interface ContractOverlay {
  /** A method's full name, such as `shop.v1.ShopService.GetItem`, or `shop.v1.ShopService.*` for all of a service. */
  readonly selector: string;
  /** Replaces the method's `google.api.http`, with its additional bindings. */
  readonly http?: HttpRule;
  /** Each of its top-level fields replaces the method's. */
  readonly policy?: RoutePolicy;
}

/** An overlay that a method can't have. The method is left out: served without it, it may be more open than was meant. */
export interface OverlayProblem {
  /** Of the overlay in its list. */
  readonly index: number;
  /** Where in it: `http`, or a field of the policy in proto names, such as `policy.cache.vary_by[0]`. */
  readonly field: string;
  /** The method's full name. */
  readonly method: string;
  readonly detail: string;
}

/** A contract under overlays. */
export interface OverlaidContract {
  readonly contract: CompiledContract;
  readonly problems: readonly OverlayProblem[];
  /** The overlays that each overlaid method has, by its full name; in their order, the last one wins. */
  readonly applied: ReadonlyMap<string, readonly number[]>;
}

/** Puts overlays over the methods that they select. Pure; a contract that none selects is returned as it is. */
export function overlayContract(contract: CompiledContract, overlays: readonly ContractOverlay[]): OverlaidContract {
  const problems: OverlayProblem[] = [];
  const applied = new Map<string, readonly number[]>();
  const overlaid = (method: CompiledMethod): CompiledMethod[] => {
    const name = nameOf(method);
    const selecting = [...overlays.keys()].filter((index) => selects(overlays[index]!, method));
    if (selecting.length === 0) return [method];
    applied.set(name, selecting);
    const found: OverlayProblem[] = [];
    const result = selecting.reduce((under, index) => put(overlays[index]!, under, index, found), method);
    problems.push(...found);
    return found.length === 0 ? [result] : [];
  };
  const services = contract.services.map((each) => ({ ...each, methods: each.methods.flatMap(overlaid) }));
  if (applied.size === 0) return { contract, problems, applied };
  return {
    contract: { ...contract, services, methods: services.flatMap(({ methods }) => methods) },
    problems,
    applied,
  };
}

const nameOf = ({ typeName, method }: CompiledMethod): string => `${typeName}.${method}`;

const selects = ({ selector }: ContractOverlay, method: CompiledMethod): boolean =>
  selector === nameOf(method) || selector === `${method.typeName}.*`;

function put(
  { selector, http, policy }: ContractOverlay,
  method: CompiledMethod,
  index: number,
  problems: OverlayProblem[],
): CompiledMethod {
  const report = (field: string, detail: string): void => {
    problems.push({ index, field, method: nameOf(method), detail });
  };
  return {
    ...method,
    // Like an annotation of the method's own. What is said of all of a service makes no internal method public.
    exposed: method.exposed || selector === nameOf(method),
    ...(http === undefined ? {} : { bindings: bindingsOf(http, method, report) }),
    ...(policy === undefined ? {} : { policy: policyOf(policy, method, report) }),
  };
}

type Report = (field: string, detail: string) => void;

function bindingsOf(rule: HttpRule, { desc }: CompiledMethod, report: Report): CompiledMethod['bindings'] {
  try {
    return resolveBindings(rule, desc.input, desc.output, methodPlace(desc));
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    report('http', error.detail);
    return [];
  }
}

function policyOf(own: RoutePolicy, { desc, policy: base }: CompiledMethod, report: Report): RoutePolicy {
  const policy = effectivePolicy(base, own);
  for (const { field, detail } of policyProblems(policy, messageScope(desc.input, desc.output)))
    report(`policy.${field}`, detail);
  return policy;
}

/** Whether an overlay sets anything. */
export const isEmptyOverlay = ({ http, policy }: ContractOverlay): boolean =>
  http === undefined && (policy === undefined || RoutePolicySchema.fields.every((field) => !isFieldSet(policy, field)));
