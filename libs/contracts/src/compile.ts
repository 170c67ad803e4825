import {
  type DescExtension,
  type DescMethod,
  type DescService,
  type FileRegistry,
  getOption,
  hasOption,
} from '@bufbuild/protobuf';
import { checkDistinct, type HttpBinding, resolveBindings } from './bindings';
import { ContractError, type ContractPlace, WHOLE_SET } from './contract-error';
import { CONTRACT_BOUNDS, digestOf, readDescriptorSet } from './descriptor-set';
import { effectivePolicy } from './effective-policy';
import { http } from './gen/google/api/annotations_pb';
import { policy, type RoutePolicy, service_policy } from './gen/gateway/v1/policy_pb';
import { messageOf } from './message-of';
import { messageScope } from './policy-scope';
import { policyProblems } from './policy-rules';

/** One method of a contract, ready to be routed. */
export interface CompiledMethod {
  /** The service's full name, such as `shop.v1.ShopService`. */
  readonly typeName: string;
  /** The method's name, such as `GetProject`. */
  readonly method: string;
  /** The path of the gRPC call: `/shop.v1.ShopService/GetItem`. */
  readonly path: string;
  readonly desc: DescMethod;
  /** The REST routes: the rule's own first, then its additional bindings. Empty: gRPC only. */
  readonly bindings: readonly HttpBinding[];
  /** Whether clients may call it: it has a REST route or a policy of its own. A method without either is internal. */
  readonly exposed: boolean;
  /** The service's policy, each top-level field replaced by the method's where it has one. */
  readonly policy: RoutePolicy;
}

/** One service of a contract. */
export interface CompiledService {
  readonly typeName: string;
  readonly desc: DescService;
  readonly methods: readonly CompiledMethod[];
}

/** A contract whose bindings and policies are resolved and make sense. Immutable. */
export interface CompiledContract {
  readonly digest: string;
  /** Every type of the set. */
  readonly registry: FileRegistry;
  readonly services: readonly CompiledService[];
  /** The methods of all services. */
  readonly methods: readonly CompiledMethod[];
}

/**
 * Compiles a service's contract.
 * @param bytes a serialized `google.protobuf.FileDescriptorSet` with its imports
 * @throws ContractError naming file, symbol and rule; nothing else, whatever the bytes
 */
export function compileContract(bytes: Uint8Array): CompiledContract {
  const registry = readDescriptorSet(bytes);
  const descs = [...registry].filter((type) => type.kind === 'service');
  const count = descs.reduce((sum, { methods }) => sum + methods.length, 0);
  if (count > CONTRACT_BOUNDS.methods)
    throw new ContractError('bounds', WHOLE_SET, `${count} methods are more than ${CONTRACT_BOUNDS.methods}`);
  const services = descs.map(compileService);
  const methods = services.flatMap((service) => service.methods);
  checkDistinct(methods);
  return { digest: digestOf(bytes), registry, services, methods };
}

/** Where a method is, for messages to its author. */
export const methodPlace = (desc: DescMethod): ContractPlace => ({
  file: desc.parent.file.proto.name,
  symbol: `${desc.parent.typeName}.${desc.name}`,
});

function compileService(desc: DescService): CompiledService {
  const place = { file: desc.file.proto.name, symbol: desc.typeName };
  const base = readOption(place, service_policy, () => getOption(desc, service_policy));
  return { typeName: desc.typeName, desc, methods: desc.methods.map((method) => compileMethod(method, base)) };
}

function compileMethod(desc: DescMethod, base: RoutePolicy): CompiledMethod {
  const place = methodPlace(desc);
  const own = readOption(place, policy, () => getOption(desc, policy));
  const merged = effectivePolicy(base, own);
  const [problem] = policyProblems(merged, messageScope(desc.input, desc.output));
  if (problem)
    throw new ContractError('policy', { ...place, field: problem.field }, `${problem.field}: ${problem.detail}`);
  const rule = readOption(place, http, () => getOption(desc, http));
  const typeName = desc.parent.typeName;
  const bindings = resolveBindings(rule, desc.input, desc.output, place);
  return {
    typeName,
    method: desc.name,
    path: `/${typeName}/${desc.name}`,
    desc,
    bindings,
    exposed: bindings.length > 0 || hasOption(desc, policy),
    policy: merged,
  };
}

/** An option's value, empty when it isn't set. Options are decoded when they are asked for, so a broken one shows here. */
function readOption<Value>(place: ContractPlace, extension: DescExtension, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw new ContractError('malformed', place, `option ${extension.typeName} can't be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
