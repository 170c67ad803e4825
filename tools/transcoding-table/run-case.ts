import {
  type DescMethodUnary,
  fromJson,
  type JsonValue,
  type MessageShape,
  type Registry,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import {
  type CompiledContract,
  type CompiledMethod,
  type HttpBinding,
  TranscodingPolicy_Unknown,
} from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { canonicalPath } from '@gateway/http-security';
import { compileTemplate, decodeCapture, type RouteEntry, RouteTable, type Template } from '@gateway/route-table';
import { compileTranscoder, type Transcoder } from '@gateway/transcoding';
import type { RequestCase, ResponseCase } from './transcoding-case';

/** One binding of a method, ready to be asked. */
interface Bound {
  readonly name: string;
  readonly rule: string;
  readonly method: DescMethodUnary;
  readonly template: Template;
  readonly transcoder: Transcoder;
}

/** A case and what came of it. */
export interface CaseResult {
  /** The rule of google.api.http that took the request; empty: none did. */
  readonly rule: string;
  readonly got: string;
}

/** What runs cases on a contract, as an edge would take them: canonical path, route, fields of the path, message. */
export class CaseRunner {
  private readonly routes: RouteTable<Bound>;
  private readonly registry: Registry;

  constructor({ methods, registry }: CompiledContract) {
    this.registry = registry;
    this.routes = RouteTable.build(methods.flatMap((method) => entriesOf(method, registry)));
  }

  /** Runs a case. What is refused is told with its status and its fields. */
  run(each: RequestCase | ResponseCase): CaseResult {
    let rule = '';
    try {
      const { bound, captures, query } = this.find(each.request);
      rule = bound.rule;
      return {
        rule,
        got: 'response' in each ? this.answer(bound, each.response) : this.ask(bound, captures, query, each),
      };
    } catch (error) {
      return { rule, got: problemOf(error) };
    }
  }

  private find(request: string): { bound: Bound; captures: readonly string[]; query: string } {
    const [method, target] = request.split(' ') as [string, string];
    const { path, query } = canonicalPath(target);
    const match = this.routes.match('', path, method);
    if (match.kind === 'none') throw new GatewayError('GW_NO_ROUTE');
    if (match.kind === 'wrong-method')
      throw new GatewayError('GW_METHOD_NOT_ALLOWED', { detail: match.allow.join(', ') });
    return { bound: match.entry.value, captures: match.captures, query };
  }

  private ask(bound: Bound, captures: readonly string[], query: string, { contentType, body }: RequestCase): string {
    const { name, method, template, transcoder } = bound;
    if (transcoder.readsBody && contentType !== undefined && !transcoder.accepts(contentType))
      throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE');
    const pathValues = template.variables.map((variable, index) => decodeCapture(variable, captures[index]!));
    const message = transcoder.decode({ pathValues, query, body: bytesOf(body), contentType });
    return `${name} ${toJsonString(method.input, message, { registry: this.registry })}`;
  }

  private answer({ method, transcoder }: Bound, json: JsonValue): string {
    const { output } = method;
    const sent = toBinary(output, fromJson(output, json, { registry: this.registry }) as MessageShape<typeof output>);
    const response = transcoder.fromWire(sent);
    return `${transcoder.contentTypeOf(response)} ${transcoder.encode(response).toString()}`.trim();
  }
}

function entriesOf({ bindings, ...method }: CompiledMethod, registry: Registry): RouteEntry<Bound>[] {
  return bindings.map((binding) => {
    const bound = bind(method, binding, registry);
    const methods = binding.method === '*' ? [] : [binding.method];
    return { id: bound.rule, template: bound.template, methods, hosts: [], value: bound };
  });
}

function bind(
  { desc, policy }: Omit<CompiledMethod, 'bindings'>,
  { method: verb, path, body, responseBody }: HttpBinding,
  registry: Registry,
): Bound {
  const template = compileTemplate(path);
  const variables = template.variables.map((variable) => variable.path);
  const method = desc as DescMethodUnary;
  const { IGNORE } = TranscodingPolicy_Unknown;
  const transcoder = compileTranscoder(method, { variables, body, responseBody, method: verb }, registry, {
    ignoreUnknownQuery: policy.transcoding?.unknownQuery === IGNORE,
    ignoreUnknownFields: policy.transcoding?.unknownFields === IGNORE,
  });
  const parts = [`${verb} ${path}`, body && `body: ${body}`, responseBody && `response_body: ${responseBody}`];
  return { name: desc.name, rule: parts.filter((part) => part !== '').join(', '), method, template, transcoder };
}

function bytesOf(body: JsonValue | undefined): Buffer | null {
  if (body === undefined) return null;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The status, and which fields are wrong or what is allowed instead. */
function problemOf(error: unknown): string {
  if (!(error instanceof GatewayError)) throw error;
  const { definition, context } = error;
  const fields = context.errors?.map(({ rule, pointer }) => `${rule} ${pointer}`.trim()) ?? [];
  const allowed = error.code === 'GW_METHOD_NOT_ALLOWED' ? [`allow: ${context.detail}`] : [];
  return [String(definition.status), [...fields, ...allowed].join(', ')].join(' ').trim();
}
