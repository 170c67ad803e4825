import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { AuthPolicy_Mode, RoutePolicySchema } from '@gateway/contracts';
import { compileTemplate } from '@gateway/route-table';
import type { Route, Target } from '../pipeline/route';
import type { RouteHandler } from '../pipeline/stage';
import type { SourceRoutes } from './source';

type PolicyInit = MessageInitShape<typeof RoutePolicySchema>;

const OPEN = { auth: { mode: AuthPolicy_Mode.NONE } } satisfies PolicyInit;

/** The service that takes Socket.IO connections. */
export const SOCKET_SERVICE = 'ws-node';

/** A page that the gateway itself answers. It goes through the pipeline like any route. */
export interface Page {
  /** Names it in routes, metrics and logs. */
  readonly name: string;
  /** Its path, one of the reserved ones (see `isReserved`). */
  readonly path: string;
  /** Beside `auth: NONE`, which a page has unless it says otherwise. */
  readonly policy: Omit<PolicyInit, '$typeName'>;
  readonly answer: RouteHandler;
}

/** How long a page may take, in milliseconds. */
const PAGE_MS = 5_000;

/** A route that the platform itself declares, for every host. */
const platformRoute = (name: string, path: string, policy: PolicyInit, target: Target): Omit<Route, 'timeoutMs'> => ({
  id: `platform:${name}`,
  scope: `platform:${name}`,
  origin: 'platform',
  declaredBy: 'platform',
  template: compileTemplate(path),
  methods: [],
  hosts: [],
  policy: create(RoutePolicySchema, policy as never),
  target,
});

/**
 * Where Socket.IO clients connect. Anonymous, because the token travels in the protocol and ws-node verifies it; without
 * a deadline, because connections and long polls last.
 */
const socketRoute: Route = {
  ...platformRoute('sockets', '/socket.io/**', OPEN, {
    kind: 'http',
    service: SOCKET_SERVICE,
    protocol: 'http1',
    rewrite: null,
  }),
  timeoutMs: Number.POSITIVE_INFINITY,
};

const pageRoute = ({ name, path, policy, answer }: Page): Route => ({
  ...platformRoute(name, path, { ...OPEN, ...policy }, { kind: 'page', name, answer }),
  methods: ['GET'],
  timeoutMs: PAGE_MS,
});

/** What the platform itself offers. */
export interface PlatformOffer {
  readonly pages: readonly Page[];
  /** Whether there can be ws-nodes: only an edge that discovers services finds them. */
  readonly sockets: boolean;
}

/** The platform's own routes. */
export const platformRoutes = ({ pages, sockets }: PlatformOffer): SourceRoutes => ({
  name: 'platform',
  routes: [...(sockets ? [socketRoute] : []), ...pages.map(pageRoute)],
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
  policy: create(RoutePolicySchema, { ...OPEN, rateLimits: [STRANGER_LIMIT] }),
  timeoutMs: Number.POSITIVE_INFINITY,
  target: { kind: 'none' },
};
