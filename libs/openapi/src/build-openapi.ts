import type { JsonObject } from '@bufbuild/protobuf';
import type { ApiDescription, ApiRoute } from './api-route';
import { commentOf } from './comments';
import { defined, sorted } from './json';
import { describeOperation, type OperationParts, tagNames } from './operation';
import { PLAIN_HTTP } from './plain-http';
import { type DescribedPath, describePath } from './paths';
import { SECURITY_SCHEMES, securityOf } from './policy-text';
import { PROBLEM_SCHEMA, Problems } from './problems';
import { Schemas } from './schemas';

/** Methods that a Path Item of OpenAPI 3.1 has a field for. */
const DESCRIBABLE = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
/** What stands for "any method". */
const USUAL = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** A path of the document while it grows. */
interface PathEntry {
  readonly path: DescribedPath;
  readonly item: JsonObject;
}

/**
 * Makes the OpenAPI 3.1 document of an API. The same routes give the same document, whatever their order.
 *
 * Of two routes that OpenAPI can't tell apart (equal but for their hosts) the first by id is described, and the other's id
 * stands under `x-gateway-also`.
 */
export function buildOpenApi(api: ApiDescription): JsonObject {
  const parts: OperationParts = { schemas: new Schemas(), problems: new Problems(), now: api.now };
  const routes = [...api.routes].sort((a, b) => (a.id < b.id ? -1 : 1));
  const paths = new Map<string, PathEntry>();
  const ids = new Set<string>();
  for (const route of routes) addRoute(route, paths, ids, parts);
  return defined({
    openapi: '3.1.0',
    info: defined({ title: api.title, version: api.version, description: api.description }),
    servers: api.servers.map((url) => ({ url })),
    tags: tagsOf(routes),
    paths: Object.fromEntries(sorted(new Map([...paths.values()].map(({ path, item }) => [path.text, item])))),
    components: {
      securitySchemes: schemesOf(routes),
      responses: parts.problems.components(),
      schemas: { ...schemasOf(routes), ...parts.schemas.components(), Problem: PROBLEM_SCHEMA },
    },
  });
}

function addRoute(route: ApiRoute, paths: Map<string, PathEntry>, ids: Set<string>, parts: OperationParts): void {
  const path = describePath(route.path);
  let entry = paths.get(path.shape);
  if (entry === undefined) paths.set(path.shape, (entry = { path, item: {} }));
  const names = entry.path.slots.map(({ name }) => name);
  const methods = route.methods.length === 0 ? USUAL : route.methods;
  for (const method of methods) {
    const key = method.toLowerCase();
    const taken = entry.item[key] as JsonObject | undefined;
    if (!DESCRIBABLE.has(key)) append(entry.item, 'x-gateway-methods', `${method} (${route.id})`);
    else if (taken !== undefined) append(taken, 'x-gateway-also', route.id);
    else {
      const operationId = uniqueId(route, methods.length > 1 ? key : '', ids);
      entry.item[key] = describeOperation(route, { path, names, operationId }, parts);
    }
  }
}

function append(object: JsonObject, key: string, value: string): void {
  object[key] = [...((object[key] as string[] | undefined) ?? []), value];
}

/** `ShopService_GetItem`; a further binding or method is told at the end. Two services of one name: the full name. */
function uniqueId({ id, call, http }: ApiRoute, method: string, taken: Set<string>): string {
  const suffix = `${id.includes('#') ? `_${id.slice(id.indexOf('#') + 1)}` : ''}${method === '' ? '' : `_${method}`}`;
  const full = `${id.replace(/#.*$/, '').replace(/[^A-Za-z0-9]+/g, '_')}${suffix}`;
  const given = http?.operation['operationId'];
  const own = typeof given === 'string' ? `${given}${suffix}` : full;
  const short = call === null ? own : `${call.method.parent.name}_${call.method.name}${suffix}`;
  let chosen = taken.has(short) ? full : short;
  for (let count = 2; taken.has(chosen); count++) chosen = `${full}_${count}`;
  taken.add(chosen);
  return chosen;
}

function tagsOf(routes: readonly ApiRoute[]): JsonObject[] {
  const tags = new Map<string, JsonObject>();
  for (const route of routes)
    for (const name of tagNames(route)) tags.set(name, { name, description: tagWords(route, name) });
  return sorted(tags).map(([, tag]) => tag);
}

function tagWords({ call }: ApiRoute, name: string): string {
  if (call !== null) return commentOf(call.method.parent) || `The methods of \`${name}\`.`;
  return name === PLAIN_HTTP ? 'Services without a contract.' : `What is about ${name}.`;
}

/** What owners wrote for several operations. The first by the route's id counts. */
const schemasOf = (routes: readonly ApiRoute[]): JsonObject =>
  Object.fromEntries(sorted(new Map(routes.toReversed().flatMap(({ http }) => Object.entries(http?.schemas ?? {})))));

/** The credentials that some route takes. */
function schemesOf(routes: readonly ApiRoute[]): JsonObject {
  const used = new Set(routes.flatMap(({ policy }) => securityOf(policy).flatMap(Object.keys)));
  return Object.fromEntries(Object.entries(SECURITY_SCHEMES).filter(([name]) => used.has(name)));
}
