import type { DescMessage } from '@bufbuild/protobuf';
import type { CompiledMethod } from './compile';
import { ContractError, type ContractPlace } from './contract-error';
import { CONTRACT_BOUNDS } from './descriptor-set';
import { fieldPath, isScalarPath, templateNames } from './field-path';
import type { HttpRule } from './gen/google/api/http_pb';

/** One REST route of a method (google.api.HttpRule). */
export interface HttpBinding {
  /** The HTTP method, upper case. `*` (a custom rule's) means any. */
  readonly method: string;
  /** The path template, such as `/api/v1/projects/{project_id}`. */
  readonly path: string;
  /** What the request body fills: nothing (empty), the whole message (`*`), or one field. */
  readonly body: string;
  /** The response field that is the response body; empty: the whole message. */
  readonly responseBody: string;
}

/** Paths that belong to the platform itself; a trailing `*` means: and all that begin with it. */
const RESERVED = ['/socket.io', '/docs', '/openapi*', '/health', '/versions'];

const MAX_TEMPLATE_CHARACTERS = 1024;

/**
 * The bindings of a rule and its additional ones, checked against the method's messages.
 * @throws ContractError
 */
export function resolveBindings(
  rule: HttpRule,
  input: DescMessage,
  output: DescMessage,
  place: ContractPlace,
): HttpBinding[] {
  if (rule.pattern.case === undefined) {
    if (rule.additionalBindings.length > 0) throw refuse(place, 'additional_bindings without a pattern of its own');
    return [];
  }
  if (rule.additionalBindings.length >= CONTRACT_BOUNDS.bindings)
    throw new ContractError('bounds', place, `more than ${CONTRACT_BOUNDS.bindings} HTTP bindings`);
  for (const nested of rule.additionalBindings)
    if (nested.additionalBindings.length > 0) throw refuse(place, 'additional_bindings must not nest');
  return [rule, ...rule.additionalBindings].map((each) => {
    const binding = bindingOf(each, place);
    checkPath(binding, input, place);
    checkBodies(binding, input, output, place);
    return binding;
  });
}

/**
 * Refuses two methods of one contract with equal routes: which one is meant could only be guessed.
 * @throws ContractError naming both
 */
export function checkDistinct(methods: readonly CompiledMethod[]): void {
  const seen = new Map<string, string>();
  for (const { typeName, method, desc, bindings } of methods) {
    const symbol = `${typeName}.${method}`;
    for (const binding of bindings) {
      const key = `${binding.method} ${shapeOf(binding.path)}`;
      const other = seen.get(key);
      if (other !== undefined) {
        const detail = `${binding.method} ${binding.path} is also a route of ${other}`;
        throw refuse({ file: desc.parent.file.proto.name, symbol }, detail);
      }
      seen.set(key, symbol);
    }
  }
}

/** A template without its variables' names: two templates of one shape match the same paths. */
const shapeOf = (path: string): string =>
  path.replace(/\{([^}=]*)(=[^}]*)?\}/g, (_whole, _name, pattern?: string) => pattern?.slice(1) ?? '*');

function bindingOf({ pattern, body, responseBody }: HttpRule, place: ContractPlace): HttpBinding {
  if (pattern.case === undefined) throw refuse(place, 'an additional binding has no pattern');
  if (pattern.case !== 'custom') return { method: pattern.case.toUpperCase(), path: pattern.value, body, responseBody };
  const { kind, path } = pattern.value;
  if (!/^([A-Z][A-Z-]{0,31}|\*)$/.test(kind)) throw refuse(place, `"${kind}" is not an HTTP method`);
  if (kind === 'CONNECT' || kind === 'TRACE') throw refuse(place, `${kind} can't be a route`);
  return { method: kind, path, body, responseBody };
}

function checkPath({ path }: HttpBinding, input: DescMessage, place: ContractPlace): void {
  if (path.length > MAX_TEMPLATE_CHARACTERS)
    throw new ContractError('bounds', place, `a path template longer than ${MAX_TEMPLATE_CHARACTERS} characters`);
  if (!/^\/[\x21-\x7e]*$/.test(path) || path.includes('//') || /[?#]/.test(path))
    throw refuse(place, `"${path}" is not a path template`);
  const names = templateNames(path);
  if (!names) throw refuse(place, `the braces of "${path}" don't enclose field names`);
  for (const name of names)
    if (!isScalarPath(input, name))
      throw refuse(place, `"{${name}}" of "${path}" is not a scalar field of ${input.typeName}`);
  if (new Set(names).size !== names.length) throw refuse(place, `"${path}" binds a field twice`);
  if (isReserved(path)) throw new ContractError('reserved', place, `"${path}" belongs to the platform`);
}

function checkBodies(
  { method, path, body, responseBody }: HttpBinding,
  input: DescMessage,
  output: DescMessage,
  place: ContractPlace,
) {
  if (body !== '' && body !== '*' && fieldPath(input, body)?.length !== 1)
    throw refuse(place, `body "${body}" is not a field of ${input.typeName}`);
  if (body !== '' && (method === 'GET' || method === 'HEAD'))
    throw refuse(place, `${method} ${path} must not have a body`);
  if (responseBody !== '' && fieldPath(output, responseBody)?.length !== 1)
    throw refuse(place, `response_body "${responseBody}" is not a field of ${output.typeName}`);
}

function isReserved(path: string): boolean {
  return RESERVED.some((reserved) =>
    reserved.endsWith('*')
      ? path.startsWith(reserved.slice(0, -1))
      : path === reserved || path.startsWith(`${reserved}/`),
  );
}

const refuse = (place: ContractPlace, detail: string): ContractError => new ContractError('binding', place, detail);
