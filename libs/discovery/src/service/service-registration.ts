import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { type Clock, systemClock } from '@gateway/clock';
import { parseAddress } from '@gateway/config';
import { compileContract, registryV1 } from '@gateway/contracts';
import { folderCredentials } from '../identity/folder-credentials';
import { type InstanceInit, Registration, type RegistrationStatus } from '../registration';
import { RegistryClient } from '../registry-client';
import type { CheckKinds, Protocols, RegisteredService, ServiceHealthCheck, ServiceOptions } from './service-options';

const REGISTRY_IDENTITY = 'spiffe://gateway.local/registry-daemon';
const DRAIN_MS = 500;

const PROTOCOLS: Protocols = {
  grpc: registryV1.Protocol.GRPC,
  http1: registryV1.Protocol.HTTP1,
  h2: registryV1.Protocol.H2,
};
const CHECKS: CheckKinds = {
  grpc: registryV1.HealthCheck_Kind.GRPC,
  http: registryV1.HealthCheck_Kind.HTTP,
  tcp: registryV1.HealthCheck_Kind.TCP,
  none: registryV1.HealthCheck_Kind.NONE,
};

/** A registration with a connection of its own. */
export class ServiceRegistration implements RegisteredService {
  readonly id: string;
  readonly #client: RegistryClient;
  readonly #registration: Registration;
  readonly #clock: Clock;
  readonly #drainMs: number;
  #closed: Promise<void> | null = null;

  /** @throws Error when address, identity or contract can't be used: that is the service's own mistake */
  constructor(options: ServiceOptions) {
    const { clock = systemClock, drainMs = DRAIN_MS, leaseMs, load, onStatus } = options;
    const instance = instanceOf(options);
    const descriptorSet = contractOf(options);
    this.id = instance.id;
    this.#clock = clock;
    this.#drainMs = drainMs;
    this.#client = connect(options, clock);
    this.#registration = new Registration({
      ...{ client: this.#client, clock, instance, descriptorSet, leaseMs, load, onStatus },
    });
    this.#registration.start();
  }

  get status(): RegistrationStatus {
    return this.#registration.status;
  }

  drain(): Promise<void> {
    return this.#registration.drain();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Nobody calls whom the registry never knew.
    if (this.status.state === 'registered') {
      await this.drain();
      await this.#clock.sleep(this.#drainMs);
    }
    await this.#registration.deregister();
    this.#client.close();
  }
}

function connect({ registry, identity, registryIdentity }: ServiceOptions, clock: Clock): RegistryClient {
  const address = typeof registry === 'string' ? registry.split(',').map((each) => each.trim()) : registry;
  const wrong = address.find((each) => parseAddress(each) === null);
  if (wrong !== undefined) throw new Error(`registry: "${wrong}" is not an address such as localhost:7400`);
  const credentials =
    typeof identity === 'string' ? folderCredentials(identity, registryIdentity ?? REGISTRY_IDENTITY, clock) : identity;
  return new RegistryClient({ address, credentials, clock });
}

function instanceOf({ service, address, protocol = 'grpc', id, healthCheck, ...rest }: ServiceOptions): InstanceInit {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.port === 0) throw new Error(`address: "${address}" is not host:port`);
  const { zone, version, weight, metadata } = rest;
  return {
    ...{ service, address, zone, version, weight, metadata: { ...metadata } },
    id: id ?? `${hostname()}-${parsed.port}`,
    protocol: PROTOCOLS[protocol],
    healthCheck: healthCheck && checkOf(healthCheck),
  };
}

function checkOf({
  kind,
  target,
  intervalMs,
  timeoutMs,
  ...thresholds
}: ServiceHealthCheck): InstanceInit['healthCheck'] {
  const { unhealthyThreshold, healthyThreshold } = thresholds;
  return {
    ...{ kind: CHECKS[kind], target, unhealthyThreshold, healthyThreshold },
    interval: intervalMs === undefined ? undefined : durationFromMs(intervalMs),
    timeout: timeoutMs === undefined ? undefined : durationFromMs(timeoutMs),
  };
}

/** @throws ContractError, or whatever reading the file throws */
function contractOf({ contract }: ServiceOptions): Uint8Array | undefined {
  if (contract === undefined) return undefined;
  const bytes = typeof contract === 'string' ? readFileSync(contract) : contract;
  compileContract(bytes);
  return bytes;
}
