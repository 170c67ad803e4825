import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { stringify } from 'yaml';
import { isObject } from '../echo';

/** A call that was recorded. Both messages in proto JSON, without what mustn't be shown. */
export interface RecordedCall {
  /** The gRPC path without its first slash. */
  readonly method: string;
  readonly request: JsonObject;
  /** Null: the call failed. */
  readonly answer: JsonObject | null;
  /** The HTTP status of a call that failed. */
  readonly failure?: number;
}

/**
 * A scenario file that replays calls: the same request gets the same answer, and where there were several they follow one
 * another, the last one for good.
 */
export function recordedScenario(name: string, calls: readonly RecordedCall[]): string {
  const alike = Map.groupBy(calls, ({ method, request }) => `${method}\n${JSON.stringify(request)}`);
  // Whoever says more goes first: what says less would take its calls.
  const groups = [...alike.values()].sort(([one], [other]) => sizeOf(other!) - sizeOf(one!));
  const rules = groups.flatMap((group) => group.map((call, index) => ruleOf(call, index, group.length)));
  return stringify({ name, rules }, { version: '1.2', aliasDuplicateObjects: false });
}

const sizeOf = ({ request }: RecordedCall): number => conditionsOf(request, '').length;

function ruleOf({ method, request, answer, failure }: RecordedCall, index: number, count: number): object {
  const conditions = Object.fromEntries(conditionsOf(request, ''));
  const nth = index + 1;
  const calls = count === 1 ? {} : { calls: nth === count ? { from: nth } : { from: nth, to: nth } };
  const outcome = answer === null ? { fault: { http: failure } } : { answer, exact: true };
  return { method, when: { request: conditions, ...calls }, ...outcome };
}

const FIELD = /^[A-Za-z_]\w*$/;

/** What is inside a message is compared field by field, so that what isn't recorded doesn't matter; a list as a whole. */
function conditionsOf(value: JsonObject, parent: string): [string, JsonValue][] {
  return Object.entries(value).flatMap(([name, inner]): [string, JsonValue][] => {
    const path = `${parent}${name}`;
    if (isObject(inner) && Object.keys(inner).every((key) => FIELD.test(key))) return conditionsOf(inner, `${path}.`);
    return [[path, typeof inner === 'object' && inner !== null ? { equals: inner } : inner]];
  });
}
