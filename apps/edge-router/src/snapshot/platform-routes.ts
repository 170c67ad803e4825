import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { AuthPolicy_Mode, RoutePolicySchema } from '@gateway/contracts';
import { compileTemplate } from '@gateway/route-table';
import type { Route } from '../pipeline/route';
import type { SourceRoutes } from './source';

const OPEN: MessageInitShape<typeof RoutePolicySchema> = { auth: { mode: AuthPolicy_Mode.NONE } };

/** The service that takes Socket.IO connections. */
export const SOCKET_SERVICE = 'ws-node';

/**
 * Where Socket.IO clients connect. Anonymous, because the token travels in the protocol and ws-node verifies it; without
 * a deadline, because connections and long polls last.
 */
const socketRoute: Route = {
  id: 'platform:sockets',
  scope: 'platform:sockets',
  origin: 'platform',
  declaredBy: 'platform',
  template: compileTemplate('/socket.io/**'),
  methods: [],
  hosts: [],
  policy: create(RoutePolicySchema, OPEN),
  timeoutMs: Number.POSITIVE_INFINITY,
  target: { kind: 'http', service: SOCKET_SERVICE, protocol: 'http1', rewrite: null },
};

/** The platform's own routes in an edge that discovers services. */
export const platformRoutes = (): SourceRoutes => ({ name: 'platform', routes: [socketRoute], problems: [] });

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
