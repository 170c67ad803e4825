import { buildAsyncApi, buildOpenApi, type ApiRoute } from '@gateway/openapi';
import { compareVersions } from '@gateway/versioning';
import { stringify } from 'yaml';
import { isRpc, type Route } from '../pipeline/route';
import { apiHttp } from './api-http';
import { type Entity, entityOf } from './entity';

/** The forms that a description is served in. */
export type DocumentFormat = 'json' | 'yaml';

/** The snapshot in force; another object when it is another one. */
export interface DescribedSnapshot {
  readonly routes: readonly Route[];
}

/** What the documents need. */
export interface ApiDocumentsPorts {
  readonly snapshot: () => DescribedSnapshot;
  /** The version that a route belongs to; null: none. */
  readonly versionOf: (route: Route) => string | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const CONTENT_TYPES: Readonly<Record<DocumentFormat, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
};

const PROSE =
  'What this gateway serves at this moment. Every failure is a problem document (RFC 9457) with a `code` for programs: ' +
  '[all of them](/docs/errors). Fields of a request that are not described are refused. What sockets are told is described ' +
  'by [AsyncAPI](/asyncapi.json).';

/** The path under which sockets are reached, wherever the route leads. */
const SOCKETS = '/socket.io';

/** The descriptions of one snapshot: the whole API, and each of its versions. Each is made when it is first asked for. */
export class ApiDocuments {
  private described: DescribedSnapshot | null = null;
  private readonly entities = new Map<string, Entity>();

  constructor(private readonly ports: ApiDocumentsPorts) {}

  /**
   * The document of the snapshot in force.
   * @param version such as `v1`; null: all
   * @returns null when there is no such version
   */
  document(format: DocumentFormat, version: string | null): Entity | null {
    const snapshot = this.current();
    const key = `${format} ${version ?? ''}`;
    const known = this.entities.get(key);
    if (known !== undefined) return known;
    const routes = snapshot.routes.filter(
      (route) => isApi(route) && (version === null || this.ports.versionOf(route) === version),
    );
    if (version !== null && routes.length === 0) return null;
    return this.keep(key, format, this.describe(routes, version));
  }

  /** What sockets may ask and are told, by the snapshot in force. */
  socketDocument(format: DocumentFormat): Entity {
    const { routes } = this.current();
    const key = `sockets ${format}`;
    const document = (): object =>
      buildAsyncApi({
        title: 'Gateway events',
        version: this.versionsOf(routes),
        sockets: routes.some(({ template }) => template.source.startsWith(SOCKETS)),
        routes: routes.map(({ id, policy, target }) => ({
          id,
          emits: policy.emits,
          method: target.kind === 'grpc' ? target.method : null,
        })),
      });
    return this.entities.get(key) ?? this.keep(key, format, document());
  }

  /** The snapshot in force. What was made of another one is forgotten. */
  private current(): DescribedSnapshot {
    const snapshot = this.ports.snapshot();
    if (snapshot !== this.described) this.entities.clear();
    this.described = snapshot;
    return snapshot;
  }

  private keep(key: string, format: DocumentFormat, document: object): Entity {
    const text = format === 'json' ? JSON.stringify(document) : stringify(document, { aliasDuplicateObjects: false });
    const entity = entityOf(text, CONTENT_TYPES[format]);
    this.entities.set(key, entity);
    return entity;
  }

  private describe(routes: readonly Route[], version: string | null): object {
    return buildOpenApi({
      title: 'Gateway API',
      version: version ?? this.versionsOf(routes),
      description: PROSE,
      servers: ['/'],
      routes: routes.map(apiRoute),
      now: this.ports.now(),
    });
  }

  private versionsOf(routes: readonly Route[]): string {
    const versions = routes.map((route) => this.ports.versionOf(route)).filter((version) => version !== null);
    return [...new Set(versions)].sort(compareVersions).join(', ') || 'unversioned';
  }
}

/** The platform's own routes are no part of the API, and RPC clients have the contract itself. */
const isApi = (route: Route): boolean =>
  route.origin !== 'platform' && !isRpc(route) && (route.target.kind === 'grpc' || route.target.kind === 'http');

function apiRoute(route: Route): ApiRoute {
  const { id, methods, template, hosts, policy, target } = route;
  const call =
    target.kind !== 'grpc'
      ? null
      : {
          method: target.method,
          body: target.binding.body,
          responseBody: target.binding.responseBody,
          ...(target.forms && { forms: target.forms }),
        };
  const http = apiHttp(route);
  return { id, methods, path: template, hosts, policy, call, ...(http && { http }) };
}
