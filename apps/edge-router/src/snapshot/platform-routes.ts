import { compileTemplate } from '@gateway/route-table';
import type { Route } from '../pipeline/route';
import type { RouteHandler } from '../pipeline/stage';
import { methodRoute, type PageMethod } from './platform-methods';
import { openPolicy, PAGE_MS, type PagePolicy, platformRoute } from './platform-route';
import type { SourceRoutes } from './source';

/** The service that takes Socket.IO connections. */
export const SOCKET_SERVICE = 'ws-node';

/** A page that the gateway itself answers. It goes through the pipeline like any route. */
export interface Page {
  /** Names it in routes, metrics and logs. */
  readonly name: string;
  /** Its path, one of the reserved ones (see `isReserved`). */
  readonly path: string;
  readonly policy: PagePolicy;
  readonly answer: RouteHandler;
}

/**
 * Where Socket.IO clients connect. Anonymous, because the token travels in the protocol and ws-node verifies it; without
 * a deadline, because connections and long polls last.
 */
const socketRoute: Route = {
  ...platformRoute(
    'sockets',
    '/socket.io/**',
    {},
    {
      kind: 'http',
      service: SOCKET_SERVICE,
      protocol: 'http1',
      rewrite: null,
    },
  ),
  timeoutMs: Number.POSITIVE_INFINITY,
};

const pageRoute = ({ name, path, policy, answer }: Page): Route => ({
  ...platformRoute(name, path, policy, { kind: 'page', name, answer }),
  methods: ['GET'],
  timeoutMs: PAGE_MS,
});

/** What the platform itself offers. */
export interface PlatformOffer {
  readonly pages: readonly Page[];
  /** Absent: none. */
  readonly methods?: readonly PageMethod[];
  /** Whether there can be ws-nodes: only an edge that discovers services finds them. */
  readonly sockets: boolean;
}

/** The platform's own routes. */
export const platformRoutes = ({ pages, methods = [], sockets }: PlatformOffer): SourceRoutes => ({
  name: 'platform',
  routes: [...(sockets ? [socketRoute] : []), ...pages.map(pageRoute), ...methods.map(methodRoute)],
  problems: [],
});

/** Guards the synthetic route: nobody may find out our routes, or fill our logs, faster than this. */
const STRANGER_LIMIT = { name: 'no-route', requests: 600, window: { seconds: 60n }, by: ['ip'] };

/** Answers what matches nothing. Not part of any table. */
export const noRoute: Route = {
  id: 'none',
  scope: 'none',
  origin: 'none',
  declaredBy: 'platform',
  template: compileTemplate('/**'),
  methods: [],
  hosts: [],
  policy: openPolicy({ rateLimits: [STRANGER_LIMIT] }),
  timeoutMs: Number.POSITIVE_INFINITY,
  target: { kind: 'none' },
};
