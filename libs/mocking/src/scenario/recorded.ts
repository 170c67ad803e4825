import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { GrpcStatus } from '@gateway/errors';
import { stringify } from 'yaml';
import { isObject } from '../echo';

/** What a call failed with: an HTTP status, or the name of the service's gRPC status. */
export type RecordedFailure = { readonly http: number } | { readonly grpc: keyof typeof GrpcStatus };

/** A call that was recorded. All messages in proto JSON, without what mustn't be shown. */
export interface RecordedCall {
  /** The gRPC path without its first slash. */
  readonly method: string;
  readonly request: JsonObject;
  /** What the service said, in order: of a unary method one message, or none when the call failed. */
  readonly answers: readonly JsonObject[];
  /** What came behind the answers; null: the call ended well. */
  readonly failure: RecordedFailure | null;
}

/** Equal calls, and what a request must be to be one of them: JSON by field. */
interface Group {
  readonly calls: readonly RecordedCall[];
  readonly conditions: ReadonlyMap<string, JsonValue>;
}

/**
 * A scenario file that replays calls: the same request gets the same answer, and where there were several they follow one
 * another, the last one for good.
 */
export function recordedScenario(name: string, calls: readonly RecordedCall[]): string {
  const alike = Map.groupBy(calls, ({ method, request }) => `${method}\n${JSON.stringify(request)}`);
  const groups = [...alike.values()].map((each) => ({ calls: each, conditions: conditionsOf(each[0]!.request) }));
  // Whoever says more goes first: what says less would take its calls.
  groups.sort((one, other) => other.conditions.size - one.conditions.size);
  const rules = groups.flatMap((group) => rulesOf(group, groups));
  return stringify({ name, rules }, { version: '1.2', aliasDuplicateObjects: false });
}

function rulesOf({ calls, conditions }: Group, groups: readonly Group[]): object[] {
  const count = calls.length;
  const { method } = calls[0]!;
  const request = { ...Object.fromEntries(conditions), ...(count > 1 && without({ calls, conditions }, groups)) };
  return calls.map((call, index) => {
    const nth = index + 1;
    const due = count === 1 ? {} : { calls: nth === count ? { from: nth } : { from: nth, to: nth } };
    return { method, when: { request, ...due }, ...outcomeOf(call) };
  });
}

/** Calls that say the same and more would count as some of a group whose calls are counted: what they say besides is barred. */
function without({ calls, conditions }: Group, groups: readonly Group[]): Record<string, JsonValue> {
  const { method } = calls[0]!;
  const own = [...conditions].map(([path, value]) => [path, JSON.stringify(value)] as const);
  const larger = groups.filter(
    (other) =>
      other.calls[0]!.method === method &&
      other.conditions.size > conditions.size &&
      own.every(([path, value]) => JSON.stringify(other.conditions.get(path)) === value),
  );
  const barred = larger.map((other) => [...other.conditions.keys()].find((path) => !conditions.has(path))!);
  return Object.fromEntries(barred.map((path) => [path, { present: false }]));
}

function outcomeOf({ answers, failure }: RecordedCall): object {
  const fault = failure === null ? {} : { fault: failure };
  if (answers.length === 0 && failure !== null) return fault;
  return { answer: answers.length === 1 ? answers[0] : answers, exact: true, ...fault };
}

const FIELD = /^[A-Za-z_]\w*$/;

/** What is inside a message is compared field by field, so that what isn't recorded doesn't matter; a list as a whole. */
const conditionsOf = (request: JsonObject): ReadonlyMap<string, JsonValue> => new Map(fieldsOf(request, ''));

function fieldsOf(value: JsonObject, parent: string): [string, JsonValue][] {
  return Object.entries(value).flatMap(([name, inner]): [string, JsonValue][] => {
    const path = `${parent}${name}`;
    if (isObject(inner) && Object.keys(inner).every((key) => FIELD.test(key)))
      // A message is there by itself, also when nothing is in it.
      return [[path, { present: true }], ...fieldsOf(inner, `${path}.`)];
    if (typeof inner === 'object' && inner !== null) return [[path, { equals: inner }]];
    // A default would equal what isn't there.
    return [[path, DEFAULTS.has(inner) ? { equals: inner, present: true } : inner]];
  });
}

/** What a field that isn't there is compared as. */
const DEFAULTS: ReadonlySet<JsonValue> = new Set(['', 0, false, null]);
