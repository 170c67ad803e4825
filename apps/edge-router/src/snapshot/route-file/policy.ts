import {
  createRegistry,
  type DescMessage,
  type JsonObject,
  type MessageShape,
  type Registry,
} from '@bufbuild/protobuf';
import { effectivePolicy, pathScope, policyProblems, type RoutePolicy, RoutePolicySchema } from '@gateway/contracts';
import { DEFAULT_LIMITS, readJson } from '@gateway/transcoding';
import type { SnapshotProblem } from '../problem';
import { fileError } from './parse';
import { dotted } from './pointer';

const TYPES = createRegistry(RoutePolicySchema);

/** Reads a policy from protobuf JSON; null when it is wrong, with the problems added. */
export const readPolicy = (json: JsonObject, place: string, problems: SnapshotProblem[]): RoutePolicy | null =>
  readMessage(RoutePolicySchema, json, { place, problems, types: TYPES });

/** Reads a message that stands in the file as protobuf JSON; null when it is wrong, with the problems added. */
export function readMessage<Desc extends DescMessage>(
  schema: Desc,
  json: JsonObject,
  { place, problems, types }: { place: string; problems: SnapshotProblem[]; types: Registry },
): MessageShape<Desc> | null {
  const reading = readJson(schema, json, { registry: types, limits: DEFAULT_LIMITS });
  if (reading.errors === null) return reading.message;
  for (const { pointer, rule, detail } of reading.errors)
    problems.push(fileError(`${place}${dotted(pointer)}`, rule === 'unknown' ? 'is not a key' : detail));
  return null;
}

/** The policy of a route over the file's defaults, with what makes no sense in it added to the problems. */
export function routePolicy(
  defaults: RoutePolicy,
  own: RoutePolicy,
  { place, variables, problems }: { place: string; variables: readonly string[]; problems: SnapshotProblem[] },
): RoutePolicy {
  const policy = effectivePolicy(defaults, own);
  for (const { field, detail } of policyProblems(policy, pathScope(variables)))
    problems.push(fileError(`${place}.${field}`, detail));
  return policy;
}
