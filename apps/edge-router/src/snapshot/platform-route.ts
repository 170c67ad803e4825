import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { AuthPolicy_Mode, RoutePolicySchema } from '@gateway/contracts';
import { compileTemplate } from '@gateway/route-table';
import type { Route, Target } from '../pipeline/route';

type PolicyInit = MessageInitShape<typeof RoutePolicySchema>;

/** The policy of a page, beside `auth: NONE`, which it has unless it says otherwise. */
export type PagePolicy = Omit<PolicyInit, '$typeName'>;

/** How long a page may take, in milliseconds. */
export const PAGE_MS = 5_000;

const OPEN = { auth: { mode: AuthPolicy_Mode.NONE } } satisfies PolicyInit;

/** The policy of a route that the platform itself declares. */
export const openPolicy = (policy: PagePolicy = {}): Route['policy'] =>
  create(RoutePolicySchema, { ...OPEN, ...policy } as never);

/** A route that the platform itself declares, for every host. */
export const platformRoute = (
  name: string,
  path: string,
  policy: PagePolicy,
  target: Target,
): Omit<Route, 'timeoutMs'> => ({
  id: `platform:${name}`,
  scope: `platform:${name}`,
  origin: 'platform',
  declaredBy: 'platform',
  template: compileTemplate(path),
  methods: [],
  hosts: [],
  policy: openPolicy(policy),
  target,
});
