import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { registryV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { type AuthenticatedCall, GrpcHandler } from '@gateway/platform';
import { contractRef } from '../contracts/contract-entry';
import { readReport } from '../ejection/report';
import { ReportExchange } from '../ejection/report-exchange';
import { leaseIdOf } from '../lease/lease';
import { RegistryPlane } from '../registry-plane';
import { callerOf, claimantOf } from './caller';

const { method } = registryV1.RegistryService;

/** How long an answer waits for the store: what is written then survives a crash of this process. */
const SETTLE_MS = 100;

/** The fields of an answer. */
type Init<Schema extends DescMessage> = MessageInitShape<Schema>;

/** gateway.registry.v1.RegistryService. */
@Controller()
export class RegistryController {
  constructor(
    private readonly plane: RegistryPlane,
    private readonly reports: ReportExchange,
  ) {}

  @GrpcHandler(method.register)
  async register(
    request: registryV1.RegisterRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Promise<Init<typeof registryV1.RegisterResponseSchema>> {
    const lease = this.plane.registry.register(claimantOf(call, metadata, request.owner), request);
    await this.plane.sync.settled(SETTLE_MS);
    const { generation, leaseMs, instance } = lease;
    const contractDigest = instance.contractDigest;
    return { leaseId: leaseIdOf(lease), generation, lease: durationFromMs(leaseMs), contractDigest };
  }

  @GrpcHandler(method.renew)
  async renew(
    { leaseId, load, state }: registryV1.RenewRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Promise<Init<typeof registryV1.RenewResponseSchema>> {
    await this.plane.sync.lookUp(leaseId);
    const { leaseMs } = this.plane.registry.renew(callerOf(call, metadata), leaseId, { load, state });
    return { revision: this.plane.revisions.latest, lease: durationFromMs(leaseMs) };
  }

  @GrpcHandler(method.deregister)
  async deregister(
    { leaseId }: registryV1.DeregisterRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Promise<Init<typeof registryV1.DeregisterResponseSchema>> {
    await this.plane.sync.lookUp(leaseId);
    this.plane.registry.deregister(callerOf(call, metadata), leaseId);
    await this.plane.sync.settled(SETTLE_MS);
    return {};
  }

  @GrpcHandler(method.discover)
  discover(
    { service }: registryV1.DiscoverRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Init<typeof registryV1.DiscoverResponseSchema> {
    callerOf(call, metadata);
    const { table, book, revisions } = this.plane;
    const leases = service === '' ? table.all() : table.of(service);
    const contracts = book.inForce().filter(({ entry }) => service === '' || entry.service === service);
    return {
      revision: revisions.latest,
      instances: leases.map(({ instance }) => instance),
      contracts: contracts.map(({ entry }) => this.plane.refOf(entry)),
    };
  }

  @GrpcHandler(method.watch)
  watch({ services }: registryV1.WatchRequest): AsyncIterable<registryV1.WatchResponse> {
    return this.plane.changes.watch(services);
  }

  @GrpcHandler(method.getContract)
  getContract(
    { digest }: registryV1.GetContractRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Init<typeof registryV1.GetContractResponseSchema> {
    callerOf(call, metadata);
    const { book } = this.plane;
    const entry = book.find(digest);
    const descriptorSet = entry && book.descriptorSet(digest);
    if (!entry || !descriptorSet)
      throw new GatewayError('GW_NOT_FOUND', { detail: `no contract has the digest ${digest}` });
    return { contract: contractRef(entry), descriptorSet };
  }

  @GrpcHandler(method.publishContract)
  publishContract(
    request: registryV1.PublishContractRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Init<typeof registryV1.PublishContractResponseSchema> {
    const published = this.plane.contracts.publish(claimantOf(call, metadata, request.owner), request);
    return { ...published, revision: this.plane.revisions.latest };
  }

  @GrpcHandler(method.diffContract)
  diffContract(
    request: registryV1.DiffContractRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Init<typeof registryV1.DiffContractResponseSchema> {
    return this.plane.contracts.diff(claimantOf(call, metadata, request.owner), request);
  }

  @GrpcHandler(method.listPublications)
  listPublications(
    { service }: registryV1.ListPublicationsRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Init<typeof registryV1.ListPublicationsResponseSchema> {
    callerOf(call, metadata);
    return { publications: this.plane.contracts.history(service) };
  }

  @GrpcHandler(method.rollBackContract)
  rollBackContract(
    request: registryV1.RollBackContractRequest,
    metadata: Metadata,
    call: AuthenticatedCall,
  ): Init<typeof registryV1.RollBackContractResponseSchema> {
    const published = this.plane.contracts.rollBack(callerOf(call, metadata), request);
    return { ...published, revision: this.plane.revisions.latest };
  }

  /** Only gateways get here: see the listener's allow-list. */
  @GrpcHandler(method.reportOutcomes)
  reportOutcomes(request: registryV1.ReportOutcomesRequest): Init<typeof registryV1.ReportOutcomesResponseSchema> {
    this.reports.take(readReport(request));
    return {};
  }
}
