import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { systemClock, type Timer } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import type { RegistryCallError, RegistryClient } from '@gateway/discovery';

const PER_SERVICE = 50;
/** How many calls are under way while everything registers. */
const AT_ONCE = 50;
/** A third of a lease of 10 s, as clients renew. */
const RENEW_MS = 3_333;

/** An instance that nobody checks: what is measured is the registry. */
export const instanceOf = (index: number, weight = 1): MessageInitShape<typeof registryV1.InstanceSchema> => ({
  id: `instance-${index}`,
  service: `bench-${Math.floor(index / PER_SERVICE)}`,
  address: `localhost:${10_000 + index}`,
  protocol: registryV1.Protocol.GRPC,
  weight,
  zone: 'eu-1a',
  metadata: { build: '2026-11-24', commit: '0123456789abcdef' },
  healthCheck: create(registryV1.HealthCheckSchema, { kind: registryV1.HealthCheck_Kind.NONE }),
});

/** A fleet of instances that hold their leases. */
export class Fleet {
  readonly #leases = new Map<number, string>();
  #timer: Timer | null = null;
  #next = 0;
  /** Renewals that were answered, and that failed. */
  renewed = 0;
  failed = 0;

  /** @param clients calls are spread over them */
  constructor(private readonly clients: readonly RegistryClient[]) {}

  /** Registers that many. @returns milliseconds that it took */
  async register(count: number): Promise<number> {
    const started = performance.now();
    const waiting = Array.from({ length: count }, (_each, index) => index);
    const worker = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await this.put(index, 1);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return performance.now() - started;
  }

  /** Registers one anew, under another weight. */
  async put(index: number, weight: number): Promise<void> {
    const client = this.clients[index % this.clients.length]!;
    const { leaseId } = await client.register({ instance: instanceOf(index, weight) });
    this.#leases.set(index, leaseId);
  }

  /** Renews all, evenly, as often as clients do. @param changing whether each renewal brings a load that differs */
  start(changing: boolean): void {
    let renewals = 0;
    const everyMs = 50;
    const share = everyMs / RENEW_MS;
    this.#timer = systemClock.every(everyMs, () => {
      renewals += this.#leases.size * share;
      for (; renewals >= 1; renewals -= 1) this.#renewNext(changing);
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #renewNext(changing: boolean): void {
    const index = this.#next;
    this.#next = (index + 1) % this.#leases.size;
    const leaseId = this.#leases.get(index)!;
    const connections = changing ? 1 + Math.floor(Math.random() * 1_000) : 100;
    this.clients[index % this.clients.length]!.renew({ leaseId, load: { connections } }).then(
      () => (this.renewed += 1),
      // A renewal that was on its way when the instance registered anew is fenced, as it must be.
      ({ code }: RegistryCallError) => (this.failed += code === status.FAILED_PRECONDITION ? 0 : 1),
    );
  }
}
