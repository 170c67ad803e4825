import { type CompiledContract, compileContract, ContractError, digestOf } from '@gateway/contracts';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { type Holdings, objectToContract, objectToService, type Objection } from './acceptance';
import type { ContractBook } from './contract-book';
import type { ContractEntry } from './contract-entry';
import type { Owners } from './owners';

/** Told what becomes of contracts. */
export interface PublisherListener {
  /** A contract is in force now. */
  published(entry: ContractEntry, descriptorSet: Uint8Array): void;
  refused(service: string, rule: string, detail: string): void;
  /** The journal can't be written, and why; null when it can again. */
  journal(problem: string | null): void;
}

/** Decides which contracts come into force. */
export class ContractPublisher {
  constructor(
    private readonly book: ContractBook,
    private readonly owners: Owners,
    private readonly held: Holdings,
    /** Tells when a publication was made. */
    private readonly clock: Pick<Clock, 'now'>,
    private readonly listener: PublisherListener,
  ) {}

  /** @throws GatewayError GW_FORBIDDEN when the service isn't the owner's */
  checkService(owner: string, service: string): void {
    this.#allow(service, objectToService(owner, service, this.owners, this.held));
  }

  /**
   * What an instance brings along when it registers. A contract that was in force before is an old instance's, which must
   * not roll the newer one back; only `publish` does that.
   * @returns its digest
   * @throws GatewayError when it is refused
   */
  offer(owner: string, service: string, descriptorSet: Uint8Array): string {
    const digest = digestOf(descriptorSet);
    const known = this.book.history(service).some((entry) => entry.digest === digest && entry.owner === owner);
    if (!known) this.publish(owner, service, descriptorSet);
    return digest;
  }

  /**
   * Puts a contract in force for a service.
   * @returns its digest
   * @throws GatewayError when it is refused
   */
  publish(owner: string, service: string, descriptorSet: Uint8Array): string {
    this.checkService(owner, service);
    const compiled = this.#compile(service, descriptorSet);
    this.#allow(service, objectToContract(owner, service, compiled, this.owners, this.held));
    const current = this.book.current(service)?.entry;
    if (current?.digest === compiled.digest && current.owner === owner) return compiled.digest;
    const entry: ContractEntry = { service, digest: compiled.digest, owner, publishedAt: this.clock.now() };
    this.#write(entry, descriptorSet, compiled);
    this.listener.published(entry, descriptorSet);
    return compiled.digest;
  }

  #compile(service: string, descriptorSet: Uint8Array): CompiledContract {
    try {
      return compileContract(descriptorSet);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      this.listener.refused(service, error.rule, error.message);
      throw new GatewayError('GW_BAD_REQUEST', { detail: `the contract is refused: ${error.message}`, cause: error });
    }
  }

  #allow(service: string, objection: Objection | null): void {
    if (!objection) return;
    this.listener.refused(service, objection.rule, objection.detail);
    throw new GatewayError('GW_FORBIDDEN', { detail: `${objection.detail} [${objection.rule}]` });
  }

  #write(entry: ContractEntry, descriptorSet: Uint8Array, compiled: CompiledContract): void {
    try {
      this.book.publish(entry, descriptorSet, compiled);
    } catch (error) {
      this.listener.journal((error as Error).message);
      throw new GatewayError('GW_UNAVAILABLE', { detail: 'the contract cannot be kept now', cause: error });
    }
    this.listener.journal(null);
  }
}
