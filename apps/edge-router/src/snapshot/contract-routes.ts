import type { DescMethod } from '@bufbuild/protobuf';
import {
  type CompiledContract,
  type CompiledMethod,
  type HttpBinding,
  TranscodingPolicy_Unknown as Unknown,
} from '@gateway/contracts';
import { compileTemplate, TemplateError } from '@gateway/route-table';
import { compileTranscoder, FieldPathError } from '@gateway/transcoding';
import { type RouteMock, routeMock } from '../mocking/route-mock';
import { FormError } from '@gateway/versioning';
import type { GrpcStreaming, Route } from '../pipeline/route';
import { type RouteRules, routeRules } from '../validation/route-rules';
import { bodyForms } from './body-forms';
import { authProblem, timeoutOf, unappliedFields } from './policy-checks';
import type { SnapshotProblem } from './problem';
import type { AuthAbilities, SourceRoutes } from './source';

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

/** The REST routes of a contract. A route that can't be served is a problem of its own; the others are served. */
export function contractRoutes(contract: CompiledContract, source: ContractSource, auth: AuthAbilities): SourceRoutes {
  const problems: SnapshotProblem[] = [];
  const routes = contract.methods.flatMap((method) => {
    if (method.bindings.length === 0) return [];
    const scope = `${method.typeName}.${method.method}`;
    const report = (severity: SnapshotProblem['severity'], detail: string): void => {
      problems.push({ severity, source: source.name, place: scope, detail });
    };
    const { rules, problem } = routeRules(contract, method);
    const refusal = refusalOf(method, auth) ?? problem;
    if (refusal !== null) {
      report('error', refusal);
      return [];
    }
    const streams = method.desc.methodKind !== 'unary';
    for (const field of unappliedFields(method.policy, { hasMessages: true, streams }))
      report('warning', `policy.${field} has no effect`);
    const { mock, problems: mockProblems } = routeMock(contract, method, auth.mocks !== false);
    const served = auth.mocks === false ? { served: true } : {};
    for (const detail of mockProblems)
      problems.push({ severity: 'error', source: source.name, place: scope, detail, ...served });
    return method.bindings.flatMap((binding, index) => {
      try {
        return [
          compileBinding(contract, method, binding, {
            source,
            id: index === 0 ? scope : `${scope}#${index + 1}`,
            scope,
            rules,
            mock,
          }),
        ];
      } catch (error) {
        if (!(error instanceof TemplateError || error instanceof FieldPathError || error instanceof FormError))
          throw error;
        report('error', error.message);
        return [];
      }
    });
  });
  return { name: source.name, routes, problems };
}

function refusalOf({ desc, policy }: CompiledMethod, auth: AuthAbilities): string | null {
  if (desc.methodKind === 'client_streaming' || desc.methodKind === 'bidi_streaming')
    return 'is a method whose client streams, which has no JSON over HTTP';
  return authProblem(policy, auth);
}

/** What a binding of a method shares with the others. */
interface BindingParts {
  readonly source: ContractSource;
  readonly id: string;
  readonly scope: string;
  readonly rules: RouteRules;
  readonly mock: RouteMock | null;
}

function compileBinding(
  { registry, digest }: CompiledContract,
  { desc, path, policy, ...method }: CompiledMethod,
  binding: HttpBinding,
  { source, id, scope, rules, mock }: BindingParts,
): Route {
  const template = compileTemplate(binding.path);
  const forms = bodyForms(desc, binding, source.versionOf(binding.path));
  const transcoder = compileTranscoder(
    desc,
    {
      variables: template.variables.map((variable) => variable.path),
      body: binding.body,
      responseBody: binding.responseBody,
      method: binding.method,
    },
    registry,
    {
      ignoreUnknownQuery: policy.transcoding?.unknownQuery === Unknown.IGNORE,
      ignoreUnknownFields: policy.transcoding?.unknownFields === Unknown.IGNORE,
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
    methods: binding.method === '*' ? [] : [binding.method],
    hosts: [],
    policy,
    timeoutMs: timeoutOf(policy),
    target: {
      kind: 'grpc',
      service,
      method: desc,
      path,
      transcoder,
      rules,
      mock: mock ?? undefined,
      binding,
      forms,
      ...streaming(desc),
    },
  };
}

/** Which sides of a method stream; nothing for a unary one. */
function streaming({ methodKind }: DescMethod): { streaming?: GrpcStreaming } {
  if (methodKind === 'unary') return {};
  return { streaming: { client: methodKind !== 'server_streaming', server: methodKind !== 'client_streaming' } };
}

/** The service that serves a proto service by default: `ShopService` is `shop-service`. */
export const serviceNameOf = ({ desc }: CompiledMethod): string =>
  desc.parent.name.replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3-$2').toLowerCase();
