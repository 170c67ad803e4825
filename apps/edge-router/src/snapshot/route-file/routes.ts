import type { RoutePolicy } from '@gateway/contracts';
import { compileTemplate, type Template, TemplateError } from '@gateway/route-table';
import type { HttpTarget, RewritePart, Route } from '../../pipeline/route';
import type { Endpoint } from '../../upstreams/endpoint';
import type { FoundService } from '../../upstreams/sources/found-service';
import { authProblem, timeoutOf, unappliedFields } from '../policy-checks';
import type { SnapshotProblem } from '../problem';
import { isReserved } from '../reserved';
import type { AuthAbilities, FileRoutes } from '../source';
import { fixedEndpoints } from './endpoints';
import { foundProblems, foundService, isFound } from './found-services';
import { httpContract } from './http-contract';
import { readOverlays } from './overlays';
import { fileError, parseRouteFile, RouteFileError } from './parse';
import { readPolicy, routePolicy } from './policy';
import type { SchemaLibrary } from './schema-library';
import type { FileRoute, FileUpstream, RouteFile } from './schema';

/**
 * The routes of a route file.
 * @throws RouteFileError with every problem at once: a file is taken whole or not at all
 */
export function fileRoutes(text: string, auth: AuthAbilities, library: SchemaLibrary): FileRoutes {
  const file = parseRouteFile(text);
  const problems: SnapshotProblem[] = [];
  checkServices(file, problems);
  const defaults = readPolicy(file.defaults.policy, 'defaults.policy', problems);
  const routes = file.routes.flatMap((route, index) => {
    const compiled = compileRoute(route, { place: `routes[${index}]`, defaults, auth, library, problems });
    return compiled === null ? [] : [compiled];
  });
  checkIds(file, problems);
  checkSharedSchemas(file, problems);
  const overlays = readOverlays(file, problems);
  if (problems.some(({ severity }) => severity === 'error')) throw new RouteFileError(problems);
  return {
    name: 'file',
    routes,
    problems,
    services: servicesOf(file),
    found: foundOf(file),
    overlays,
    reflected: reflectedOf(file),
  };
}

/** The schema of failures. */
const PROBLEM = 'Problem';

interface Compiling {
  readonly place: string;
  readonly defaults: RoutePolicy | null;
  readonly auth: AuthAbilities;
  readonly library: SchemaLibrary;
  readonly problems: SnapshotProblem[];
}

function compileRoute(route: FileRoute, compiling: Compiling): Route | null {
  const { place, problems, defaults } = compiling;
  const template = readTemplate(route.match.path, `${place}.match.path`, problems);
  const own = readPolicy(route.policy, `${place}.policy`, problems);
  if (template === null || own === null || defaults === null) return null;
  const variables = template.variables.map(({ path }) => path.join('.'));
  const policy = routePolicy(defaults, own, { place: `${place}.policy`, variables, problems });
  const refusal = authProblem(policy, compiling.auth);
  if (refusal !== null) problems.push(fileError(`${place}.policy.auth`, refusal));
  const contract = httpContract(route, variables, compiling);
  for (const field of unappliedFields(policy, { hasMessages: false, hasSchemas: contract.schemas !== undefined }))
    problems.push({ severity: 'warning', source: 'file', place: route.id, detail: `policy.${field} has no effect` });
  return {
    id: `file:${route.id}`,
    scope: `file:${route.id}`,
    origin: 'file',
    declaredBy: 'file',
    template,
    methods: route.match.methods,
    hosts: route.match.hosts,
    policy,
    timeoutMs: timeoutOf(policy),
    target: { ...targetOf(route, template, compiling), ...contract },
  };
}

function readTemplate(path: string, place: string, problems: SnapshotProblem[]): Template | null {
  try {
    const template = compileTemplate(path);
    if (isReserved(path)) problems.push(fileError(place, `"${path}" belongs to the platform`));
    return template;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(fileError(place, error.message));
    return null;
  }
}

function targetOf(
  { id, upstream, rewrite }: FileRoute,
  template: Template,
  { place, problems }: Compiling,
): HttpTarget {
  const service = serviceOf(id, upstream);
  if (rewrite === undefined) return { kind: 'http', service, protocol: upstream.protocol, rewrite: null };
  const parts = readRewrite(rewrite.path, template);
  if (typeof parts === 'string') problems.push(fileError(`${place}.rewrite.path`, parts));
  return { kind: 'http', service, protocol: upstream.protocol, rewrite: typeof parts === 'string' ? null : parts };
}

/** Routes with URLs of their own have a service of their own. */
const serviceOf = (id: string, upstream: FileUpstream): string =>
  'service' in upstream ? upstream.service : `file:${id}`;

/** The pieces of a rewritten path, or what is wrong with it. */
function readRewrite(path: string, { variables }: Template): RewritePart[] | string {
  if (!path.startsWith('/')) return 'must start with "/"';
  const parts: RewritePart[] = [];
  for (const [index, part] of path.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/.test(part)) return `"${part}" is not part of a path`;
      if (part !== '') parts.push(part);
      continue;
    }
    const variable = variables.findIndex((each) => each.path.join('.') === part);
    if (variable < 0) return `"${part}" is not a variable of the route's path`;
    parts.push(variable);
  }
  return parts;
}

function checkServices({ services }: RouteFile, problems: SnapshotProblem[]): void {
  for (const [name, service] of Object.entries(services)) {
    checkUrls(service.urls ?? [], service.protocol, service.identity, `services.${name}`, problems);
    if (service.contract !== undefined && service.protocol !== 'grpc')
      problems.push(fileError(`services.${name}.contract`, 'reflection is for services with protocol: grpc'));
    if (isFound(service)) problems.push(...foundProblems(service, `services.${name}`));
  }
}

function checkUrls(
  urls: readonly string[],
  protocol: string,
  identity: string | undefined,
  place: string,
  problems: SnapshotProblem[],
): void {
  urls.forEach((url, index) => {
    const secure = url.startsWith('https:');
    if (protocol === 'h2' && !secure)
      problems.push(fileError(`${place}.urls[${index}]`, 'h2 is HTTP/2 over TLS: use https, or h2c'));
    if (protocol === 'h2c' && secure)
      problems.push(fileError(`${place}.urls[${index}]`, 'h2c is HTTP/2 without TLS: use http, or h2'));
    if (identity !== undefined && !secure)
      problems.push(fileError(`${place}.urls[${index}]`, 'an identity is shown over TLS only: use https'));
  });
}

function checkIds({ routes }: RouteFile, problems: SnapshotProblem[]): void {
  const seen = new Map<string, number>();
  routes.forEach(({ id, upstream }, index) => {
    const first = seen.get(id);
    if (first !== undefined) problems.push(fileError(`routes[${index}].id`, `"${id}" is also routes[${first}]`));
    else seen.set(id, index);
    if ('urls' in upstream)
      checkUrls(upstream.urls, upstream.protocol, upstream.identity, `routes[${index}].upstream`, problems);
  });
}

/** A name is one schema in the whole description. */
function checkSharedSchemas({ routes }: RouteFile, problems: SnapshotProblem[]): void {
  const seen = new Map<string, { text: string; index: number }>();
  routes.forEach(({ openapi }, index) => {
    for (const [name, schema] of Object.entries(openapi?.schemas ?? {})) {
      const text = JSON.stringify(schema);
      const first = seen.get(name) ?? { text, index };
      seen.set(name, first);
      const place = `routes[${index}].openapi.schemas.${name}`;
      if (name === PROBLEM) problems.push(fileError(place, 'is the name of the gateway’s own schema'));
      else if (first.text !== text) problems.push(fileError(place, `is another schema in routes[${first.index}]`));
    }
  });
}

function servicesOf({ services, routes }: RouteFile): ReadonlyMap<string, readonly Endpoint[]> {
  const endpoints = new Map<string, readonly Endpoint[]>();
  for (const [name, service] of Object.entries(services))
    if (!isFound(service)) endpoints.set(name, fixedEndpoints(service.urls ?? [], service.protocol, service.identity));
  for (const { id, upstream } of routes)
    if ('urls' in upstream)
      endpoints.set(`file:${id}`, fixedEndpoints(upstream.urls, upstream.protocol, upstream.identity));
  return endpoints;
}

const foundOf = ({ services }: RouteFile): ReadonlyMap<string, FoundService> =>
  new Map(
    Object.entries(services).flatMap(([name, service]) => (isFound(service) ? [[name, foundService(service)]] : [])),
  );

/** The services that are asked what they have. */
const reflectedOf = ({ services }: RouteFile): string[] =>
  Object.keys(services).filter((name) => services[name]!.contract === 'reflection');
