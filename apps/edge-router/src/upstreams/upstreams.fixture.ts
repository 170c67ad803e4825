import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import { METHOD_PATH } from '../pipeline.fixture';
import type { LocalEjection } from '@gateway/balancing';
import type { OutcomeKind } from '../pipeline/outcome';
import { FixedEndpoints } from './endpoint-sources';
import { OpenTunnels } from './open-tunnels';
import { RegisteredEndpoints } from './registered-endpoints';
import { Upstreams, type UpstreamsOptions } from './upstreams';

const { Protocol, InstanceState } = registryV1;
type Init = Exclude<MessageInitShape<typeof registryV1.InstanceSchema>, registryV1.Instance>;

/** A registered instance of `auth`, ready. */
export const instance = (id: string, given: Init = {}): registryV1.Instance =>
  create(registryV1.InstanceSchema, {
    id,
    service: 'auth',
    address: `${id}:1`,
    protocol: Protocol.GRPC,
    state: InstanceState.READY,
    owner: 'spiffe://x/auth',
    generation: { epoch: 'e', n: 1n },
    ...given,
  });

/** A directory whose content a test replaces: the same for the services `auth` and `web`. */
export class Directory {
  constructor(public list: readonly registryV1.Instance[]) {}
  instances(service: string): readonly registryV1.Instance[] {
    return service === 'auth' || service === 'web' ? this.list : [];
  }
  services(): string[] {
    return ['auth'];
  }
}

/** Knows which digests have the method, and how often what is known changed. */
export class Contracts {
  readonly having = new Set<string>();
  private changes = 0;
  has(digest: string, path: string): boolean {
    return path === METHOD_PATH && this.having.has(digest);
  }
  version(): number {
    return this.changes;
  }
  learn(digest: string): void {
    this.having.add(digest);
    this.changes += 1;
  }
}

/** Repeatable randomness (Park and Miller's minimal standard). */
export function seeded(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Upstreams over a directory and a route file, by a clock that a test moves; `told` is what their listener heard. */
export function upstreamsOf(list: readonly registryV1.Instance[], given: Partial<UpstreamsOptions> = {}) {
  const [directory, contracts, tunnels, clock] = [new Directory(list), new Contracts(), new OpenTunnels(), fakeClock()];
  const fixed = new FixedEndpoints();
  const told: string[] = [];
  const upstreams = new Upstreams({
    sources: [fixed, new RegisteredEndpoints(directory)],
    contracts,
    tunnels,
    clock,
    random: seeded(),
    zone: '',
    listenerFor: ({ service }) => ({
      ended: (kind: OutcomeKind) => told.push(`${service} ${kind}`),
      ejected: ({ id }, { reason }: LocalEjection) => told.push(`${id} out: ${reason}`),
      returned: ({ id }, { reason }: LocalEjection) => told.push(`${id} back: ${reason}`),
    }),
    ...given,
  });
  return { directory, contracts, tunnels, clock, fixed, told, upstreams };
}
