import { createRegistry } from '@bufbuild/protobuf';
import {
  type ContractOverlay,
  type HttpRule,
  HttpRuleSchema,
  isEmptyOverlay,
  policyProblems,
  type PolicyScope,
} from '@gateway/contracts';
import { compileTemplate, TemplateError } from '@gateway/route-table';
import type { SnapshotProblem } from '../problem';
import { isReserved } from '../reserved';
import { fileError } from './parse';
import { readMessage, readPolicy } from './policy';
import type { FileOverlay, RouteFile } from './schema';

const TYPES = createRegistry(HttpRuleSchema);

/** What fields there are is known when there is a contract. */
const ANY_FIELD: PolicyScope = { hasKeyField: () => true, hasEventField: () => true };

/** Reads the overlays of a route file, as far as that can be judged without the contracts that they are for. */
export const readOverlays = ({ overlays }: RouteFile, problems: SnapshotProblem[]): ContractOverlay[] =>
  overlays.map((overlay, index) => readOverlay(overlay, `overlays[${index}]`, problems));

function readOverlay({ selector, http, policy }: FileOverlay, place: string, problems: SnapshotProblem[]) {
  const before = problems.length;
  const overlay: ContractOverlay = {
    selector,
    ...(http === undefined ? {} : { http: readRule(http, `${place}.http`, problems) }),
    ...(policy === undefined ? {} : { policy: readOwnPolicy(policy, `${place}.policy`, problems) }),
  };
  if (http !== undefined && selector.endsWith('.*'))
    problems.push(fileError(`${place}.http`, 'is for one method: the selector names all of a service'));
  if (problems.length === before && isEmptyOverlay(overlay))
    problems.push(fileError(place, 'says nothing: it has no http, and a policy without fields'));
  return overlay;
}

function readOwnPolicy(json: NonNullable<FileOverlay['policy']>, place: string, problems: SnapshotProblem[]) {
  const policy = readPolicy(json, place, problems);
  if (policy === null) return undefined as never;
  for (const { field, detail } of policyProblems(policy, ANY_FIELD))
    problems.push(fileError(`${place}.${field}`, detail));
  return policy;
}

function readRule(json: NonNullable<FileOverlay['http']>, place: string, problems: SnapshotProblem[]) {
  const rule = readMessage(HttpRuleSchema, json, { place, problems, types: TYPES });
  if (rule === null) return undefined as never;
  checkRule(rule, place, problems);
  rule.additionalBindings.forEach((each, index) => checkRule(each, `${place}.additionalBindings[${index}]`, problems));
  return rule;
}

function checkRule({ pattern }: HttpRule, place: string, problems: SnapshotProblem[]): void {
  if (pattern.case === undefined) return void problems.push(fileError(place, 'names no path: get, put, post, …'));
  const [key, path] = pattern.case === 'custom' ? ['custom.path', pattern.value.path] : [pattern.case, pattern.value];
  try {
    compileTemplate(path);
    if (isReserved(path)) problems.push(fileError(`${place}.${key}`, `"${path}" belongs to the platform`));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(fileError(`${place}.${key}`, error.message));
  }
}
