import type { Clock, Timer } from '@gateway/clock';
import { digestOf } from '@gateway/contracts';
import type { Endpoint } from '../../upstreams/endpoint';
import { CompiledContracts } from '../compiled-contracts';
import type { ContractSources } from '../contract-sources';

/** What reflected contracts draw on. */
export interface ReflectionOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'every'>;
  /** Where a service may be asked. */
  readonly endpoints: (service: string) => readonly Endpoint[];
  /** Asks one. @throws when it can't say */
  readonly reflect: (endpoint: Endpoint) => Promise<Uint8Array>;
  /** Makes what the contracts become, of their bytes. */
  readonly sourcesOf: (contracts: CompiledContracts) => ContractSources;
  /** What is known has changed. */
  readonly onChange: () => void;
  /** Of each service that can't be asked, why. Empty: all is well. */
  readonly onProblems: (problems: readonly string[]) => void;
}

/** How often it is seen whether there is somebody new to ask, in milliseconds. */
const LOOK_MS = 250;
/** A service whose instances stay the same is asked again after that. */
const REFRESH_MS = 300_000;
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;
/** Instances that are asked in a row when the first ones don't say. */
const MAX_ASKED = 3;

/** A service that says itself what it has. */
interface Reflected {
  /** The instances that it was last asked of. */
  instances: string;
  /** When it is asked again though they are the same; monotonic milliseconds. */
  dueAt: number;
  failures: number;
  problem: string | null;
  /** Null: not yet known. */
  contract: { readonly digest: string; readonly bytes: Uint8Array } | null;
  asking: Promise<void> | null;
}

/**
 * The contracts of services that the route file trusts to say themselves what they have (`contract: reflection`). Asked
 * when an instance comes or begins a new life, and every five minutes; what was last said stays while nobody answers.
 */
export class ReflectedContracts {
  readonly sources: ContractSources;
  private readonly services = new Map<string, Reflected>();
  private timer: Timer | null = null;

  constructor(private readonly options: ReflectionOptions) {
    const descriptorSet = (digest: string): Uint8Array | undefined =>
      [...this.services.values()].find(({ contract }) => contract?.digest === digest)?.contract?.bytes;
    this.sources = options.sourcesOf(new CompiledContracts({ descriptorSet }));
  }

  /** Takes the services of a route file that was read again. */
  replace(services: readonly string[]): void {
    for (const name of this.services.keys()) if (!services.includes(name)) this.services.delete(name);
    for (const name of services)
      if (!this.services.has(name))
        this.services.set(name, { instances: '', dueAt: 0, failures: 0, problem: null, contract: null, asking: null });
    this.sources.retain(services);
  }

  /** Begins. Resolves when every service has been asked once, or can't be. */
  async start(): Promise<void> {
    this.timer = this.options.clock.every(LOOK_MS, () => this.look());
    this.look();
    await Promise.all([...this.services.values()].map(({ asking }) => asking));
  }

  /** Whether somebody is being asked. */
  get isAsking(): boolean {
    return [...this.services.values()].some(({ asking }) => asking !== null);
  }

  close(): void {
    this.timer?.cancel();
    this.services.clear();
  }

  private look(): void {
    const now = this.options.clock.monotonic();
    for (const [name, reflected] of this.services) {
      if (reflected.asking !== null) continue;
      const endpoints = this.options.endpoints(name);
      const instances = JSON.stringify(endpoints.map(({ id, address, generation }) => [id, address, generation]));
      if (instances === reflected.instances && now < reflected.dueAt) continue;
      reflected.instances = instances;
      reflected.asking = this.ask(name, reflected, endpoints).finally(() => (reflected.asking = null));
    }
  }

  private async ask(name: string, reflected: Reflected, endpoints: readonly Endpoint[]): Promise<void> {
    let why = 'no instance to ask';
    for (const endpoint of endpoints.slice(0, MAX_ASKED)) {
      try {
        return this.learn(name, reflected, await this.options.reflect(endpoint));
      } catch (error) {
        why = `${endpoint.address} ${(error as Error).message}`;
      }
    }
    this.fail(name, reflected, why);
  }

  private learn(name: string, reflected: Reflected, bytes: Uint8Array): void {
    if (this.services.get(name) !== reflected) return;
    const digest = digestOf(bytes);
    reflected.contract = { digest, bytes };
    reflected.failures = 0;
    reflected.problem = null;
    reflected.dueAt = this.options.clock.monotonic() + REFRESH_MS;
    if (this.sources.update([{ service: name, digest }])) this.options.onChange();
    this.tell();
  }

  private fail(name: string, reflected: Reflected, why: string): void {
    if (this.services.get(name) !== reflected) return;
    reflected.problem = `${name}: ${why}`;
    reflected.dueAt = this.options.clock.monotonic() + Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** reflected.failures++);
    if (this.sources.fail(name, `cannot be reflected, what it last said stays: ${why}`)) this.options.onChange();
    this.tell();
  }

  private tell(): void {
    this.options.onProblems([...this.services.values()].flatMap(({ problem }) => problem ?? []));
  }
}
