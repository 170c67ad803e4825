import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import {
  type CompiledContract,
  type CompiledMethod,
  type HttpBinding,
  TranscodingPolicy_Unknown as Unknown,
} from '@gateway/contracts';
import { areEqualRoutes, compileTemplate, TemplateError } from '@gateway/route-table';
import { compileTranscoder, FieldPathError } from '@gateway/transcoding';
import { type RouteMock, routeMock } from '../mocking/route-mock';
import { FormError } from '@gateway/versioning';
import type { GrpcTarget, Route } from '../pipeline/route';
import { type RouteRules, routeRules } from '../validation/route-rules';
import { bodyForms } from './body-forms';
import { authProblem, timeoutOf, unappliedFields } from './policy-checks';
import type { SnapshotProblem } from './problem';
import type { AuthAbilities, SourceRoutes } from './source';
import { checkClientStream, streamingOf } from './streams';

/** A contract, and whose it is. */
export interface ContractSource {
  /** `protos`, or `contract <service>`. */
  readonly name: string;
  readonly origin: 'protos' | 'contract';
  /** The upstream service of a method. */
  readonly serviceOf: (method: CompiledMethod) => string;
  /** The version of the API that a path names; null: none. */
  readonly versionOf: (path: string) => string | null;
}

/**
 * The routes of a contract's exposed methods: the REST bindings, and one for RPC clients. A route that can't be served is
 * a problem of its own; the others are served.
 */
export function contractRoutes(contract: CompiledContract, source: ContractSource, auth: AuthAbilities): SourceRoutes {
  const problems: SnapshotProblem[] = [];
  const routes = contract.methods.flatMap((method) => {
    // An overlay may have given it a binding.
    if (!method.exposed && method.bindings.length === 0) return [];
    const scope = `${method.typeName}.${method.method}`;
    const report = (severity: SnapshotProblem['severity'], detail: string, more?: { authored: true }): void => {
      problems.push({ severity, source: source.name, place: scope, detail, ...more });
    };
    const refusal = authProblem(method.policy, auth);
    if (refusal !== null) {
      report('error', refusal);
      return [];
    }
    const { rules, problem } = routeRules(contract, method);
    if (problem !== null) {
      report('error', problem, { authored: true });
      return [];
    }
    const streams = method.desc.methodKind !== 'unary';
    for (const field of unappliedFields(method.policy, { hasMessages: true, streams }))
      report('warning', `policy.${field} has no effect`);
    const { mock, problems: mockProblems } = routeMock(contract, method, auth.mocks !== false);
    const served = auth.mocks === false ? { served: true } : {};
    for (const detail of mockProblems)
      problems.push({ severity: 'error', source: source.name, place: scope, detail, ...served });
    const shared = { source, scope, rules, mock };
    const compiled = (binding: HttpBinding, own: Pick<BindingParts, 'id' | 'methods' | 'front'>): Route[] => {
      try {
        return [compileBinding(contract, method, binding, { ...shared, ...own })];
      } catch (error) {
        if (!(error instanceof TemplateError || error instanceof FieldPathError || error instanceof FormError))
          throw error;
        // What is wrong with the method is wrong with each of its routes.
        const { message } = error;
        if (!problems.some(({ place, detail }) => place === scope && detail === message))
          report('error', message, own.front === 'rest' ? { authored: true } : undefined);
        return [];
      }
    };
    const rest = method.bindings.flatMap((binding, index) =>
      compiled(binding, {
        id: index === 0 ? scope : `${scope}#${index + 1}`,
        methods: binding.method === '*' ? [] : [binding.method],
        front: 'rest',
      }),
    );
    const [rpc] = compiled(rpcBinding(method), { id: `${scope}#rpc`, methods: rpcMethods(method), front: 'rpc' });
    if (rpc === undefined) return rest;
    const rival = rest.find((route) => areEqualRoutes(route, rpc));
    if (rival === undefined) return [...rest, rpc];
    report('warning', `is not called by RPC clients: its binding ${rival.id} has their path`);
    return rest;
  });
  return { name: source.name, routes, problems };
}

/** What the routes of one method have of their own, and what they share. */
interface BindingParts {
  readonly source: ContractSource;
  readonly id: string;
  readonly scope: string;
  /** As of Route. */
  readonly methods: readonly string[];
  readonly rules: RouteRules;
  readonly mock: RouteMock | null;
  readonly front: GrpcTarget['front'];
}

/** How RPC clients call a method: at its gRPC path, the whole message in the body; Connect also by GET what only reads. */
const rpcBinding = ({ path }: CompiledMethod): HttpBinding => ({ method: 'POST', path, body: '*', responseBody: '' });

const rpcMethods = ({ desc }: CompiledMethod): string[] =>
  desc.methodKind === 'unary' && desc.idempotency === Level.NO_SIDE_EFFECTS ? ['GET', 'POST'] : ['POST'];

function compileBinding(
  { registry, digest }: CompiledContract,
  { desc, path, policy, ...method }: CompiledMethod,
  binding: HttpBinding,
  { source, id, scope, methods, rules, mock, front }: BindingParts,
): Route {
  const template = compileTemplate(binding.path);
  const streaming = streamingOf(desc);
  if (streaming?.client === true) checkClientStream(template, policy);
  const body = streaming?.client === true ? binding.body || '*' : binding.body;
  const forms = bodyForms(desc, { ...binding, body }, source.versionOf(binding.path));
  const transcoder = compileTranscoder(
    desc,
    {
      variables: template.variables.map((variable) => variable.path),
      body,
      responseBody: binding.responseBody,
      method: binding.method,
    },
    registry,
    {
      ignoreUnknownQuery: policy.transcoding?.unknownQuery === Unknown.IGNORE,
      ignoreUnknownFields: policy.transcoding?.unknownFields === Unknown.IGNORE,
      // To RPC clients a message is a message, whatever its type.
      rawBodies: front === 'rest',
      requestForm: forms.request,
      responseForm: forms.response,
    },
  );
  const service = source.serviceOf({ desc, path, policy, ...method });
  return {
    id,
    scope,
    origin: source.origin,
    declaredBy: source.name,
    contract: digest,
    template,
    methods,
    hosts: [],
    policy,
    timeoutMs: timeoutOf(policy),
    upgrades: streaming !== undefined,
    target: {
      kind: 'grpc',
      service,
      method: desc,
      path,
      transcoder,
      front,
      registry,
      rules,
      mock: mock ?? undefined,
      binding: { body, responseBody: binding.responseBody },
      forms,
      streaming,
    },
  };
}

/** The service that serves a proto service by default: `ShopService` is `shop-service`. */
export const serviceNameOf = ({ desc }: CompiledMethod): string =>
  desc.parent.name.replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3-$2').toLowerCase();
