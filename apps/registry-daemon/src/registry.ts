import { clone } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { isDigest, registryV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { actingOwner } from './contracts/acting-owner';
import type { ContractBook } from './contracts/contract-book';
import type { Owners } from './contracts/owners';
import type { ContractPublisher } from './contracts/publisher';
import { healthCheckProblem } from './health/check-plan';
import { instanceProblem, leaseLength } from './lease/instance-rules';
import type { Lease } from './lease/lease';
import type { LeaseTable, Renewal } from './lease/lease-table';

/** What the registry does for its callers. `caller` is always the SPIFFE id of the call's certificate. */
export class Registry {
  constructor(
    private readonly table: LeaseTable,
    private readonly book: ContractBook,
    private readonly publisher: ContractPublisher,
    private readonly owners: Owners,
  ) {}

  /** @throws GatewayError */
  register(caller: string, request: registryV1.RegisterRequest): Lease {
    const problem = instanceProblem(request.instance) ?? healthCheckProblem(request.instance!);
    if (problem !== null) throw new GatewayError('GW_BAD_REQUEST', { detail: problem });
    const leaseMs = leaseLength(request.lease ? durationMs(request.lease) : null);
    if (leaseMs === null) throw new GatewayError('GW_BAD_REQUEST', { detail: 'lease: must be between 1 s and 60 s' });
    const owner = actingOwner(caller, request.owner, this.owners);
    const instance = clone(registryV1.InstanceSchema, request.instance!);
    this.publisher.checkService(owner, instance.service);
    instance.contractDigest = this.#contractOf(owner, instance, request.descriptorSet);
    instance.owner = owner;
    // What others find out about it isn't for an instance to say, and nothing is known of this life of it yet.
    instance.health = undefined;
    instance.ejection = undefined;
    if (instance.state === registryV1.InstanceState.UNSPECIFIED) instance.state = registryV1.InstanceState.READY;
    return this.table.register(instance, leaseMs);
  }

  /** @throws GatewayError GW_NOT_FOUND: register again; GW_FAILED_PRECONDITION: replaced */
  renew(caller: string, leaseId: string, renewal: Renewal): Lease {
    const lease = this.table.find(leaseId);
    if (lease === 'unknown') throw new GatewayError('GW_NOT_FOUND', { detail: 'the lease is unknown: register again' });
    if (lease === 'replaced')
      throw new GatewayError('GW_FAILED_PRECONDITION', { detail: 'a newer generation has replaced the instance' });
    this.#requireOwner(caller, lease);
    return this.table.renew(lease, renewal);
  }

  /** Idempotent. @throws GatewayError */
  deregister(caller: string, leaseId: string): void {
    const lease = this.table.find(leaseId);
    if (lease === 'unknown' || lease === 'replaced') return;
    this.#requireOwner(caller, lease);
    this.table.deregister(lease);
  }

  #requireOwner(caller: string, { instance }: Lease): void {
    if (caller !== instance.owner && !this.owners.isOperator(caller))
      throw new GatewayError('GW_FORBIDDEN', { detail: `the lease is ${instance.owner}'s` });
  }

  /** The digest of what the instance brings along or names; empty when it has no contract. */
  #contractOf(owner: string, { service, contractDigest }: registryV1.Instance, descriptorSet: Uint8Array): string {
    if (descriptorSet.length > 0) return this.publisher.offer(owner, service, descriptorSet);
    if (contractDigest === '') return '';
    const known = this.book.history(service).some(({ digest }) => digest === contractDigest);
    if (!isDigest(contractDigest) || !known)
      throw new GatewayError('GW_FAILED_PRECONDITION', { detail: `${service} has no contract ${contractDigest}` });
    return contractDigest;
  }
}
