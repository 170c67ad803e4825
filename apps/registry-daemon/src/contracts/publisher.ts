import {
  type CompiledContract,
  compileContract,
  type ContractChange,
  contractChanges,
  ContractError,
  type ContractViolation,
  digestOf,
  violationOf,
  violationsIn,
} from '@gateway/contracts';
import type { Clock } from '@gateway/clock';
import { type ErrorCode, GatewayError } from '@gateway/errors';
import { type Holdings, objectionsToContract, objectToService } from './acceptance';
import type { ContractBook } from './contract-book';
import type { ContractEntry } from './contract-entry';
import type { Owners } from './owners';
import { refusalOf } from './refusal';
import { unservable } from './servable';

/** How a contract came: with an instance, by PublishContract, or by going back to an older one. */
export type PublicationWay = 'registered' | 'published' | 'rolled-back';

/** Told what becomes of contracts. */
export interface PublisherListener {
  /** A contract is in force now. */
  published(entry: ContractEntry, way: PublicationWay): void;
  /** @param rules what it breaks, each once */
  refused(service: string, rules: readonly string[], detail: string): void;
  /** What a service offers is in force, or was before. */
  accepted(service: string): void;
  /** The journal can't be written, and why; null when it can again. */
  journal(problem: string | null): void;
}

/** How a contract is published. */
export interface PublicationTerms {
  readonly way: PublicationWay;
  /** The SPIFFE id that asks for it, when that isn't the owner. */
  readonly publishedBy?: string;
  /** Takes also what breaks the contract in force. */
  readonly allowBreaking?: boolean;
  readonly note?: string;
}

/** A contract that is in force now. */
export interface Published {
  readonly contract: CompiledContract;
  /** How it differs from the one before; empty: it is the first, or was in force already. */
  readonly changes: readonly ContractChange[];
}

/** What publishing would do. */
export interface Assessment {
  /** Null: it doesn't compile. */
  readonly contract: CompiledContract | null;
  readonly changes: readonly ContractChange[];
  /** Why it would be refused. */
  readonly violations: readonly ContractViolation[];
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
    const objection = objectToService(owner, service, this.owners, this.held);
    if (objection) this.#refuseClaims(service, [objection], null);
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
    if (known) this.listener.accepted(service);
    else this.publish(owner, service, descriptorSet, { way: 'registered' });
    return digest;
  }

  /**
   * Puts a contract in force for a service.
   * @throws GatewayError when it is refused; its details say why
   */
  publish(owner: string, service: string, descriptorSet: Uint8Array, terms: PublicationTerms): Published {
    this.checkService(owner, service);
    const contract = this.#compile(service, descriptorSet);
    const objections = objectionsToContract(owner, service, contract, this.owners, this.held);
    if (objections.length > 0) this.#refuseClaims(service, objections, contract);
    this.#checkServable(service, contract);
    const { entry: current, compiled } = this.book.current(service) ?? {};
    const changes = compiled ? contractChanges(compiled, contract) : [];
    if (current?.digest === contract.digest && current.owner === owner) {
      this.listener.accepted(service);
      return { contract, changes };
    }
    const broken = violationsIn(changes);
    if (broken.length > 0 && !terms.allowBreaking) this.#refuseBreaking(service, broken, contract);
    this.#write(entryOf(owner, service, this.clock.now(), contract, broken, terms), descriptorSet, contract, terms);
    return { contract, changes };
  }

  /** What publishing would change, and why it would be refused. Nothing happens. */
  assess(owner: string, service: string, descriptorSet: Uint8Array): Assessment {
    const objection = objectToService(owner, service, this.owners, this.held);
    const claim = objection ? [objection] : [];
    try {
      const contract = compileContract(descriptorSet);
      const compiled = this.book.current(service)?.compiled;
      const changes = compiled ? contractChanges(compiled, contract) : [];
      const objections = objectionsToContract(owner, service, contract, this.owners, this.held);
      return {
        contract,
        changes,
        violations: [...claim, ...objections, ...unservable(contract), ...violationsIn(changes)],
      };
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      return { contract: null, changes: [], violations: [...claim, violationOf(error)] };
    }
  }

  #compile(service: string, descriptorSet: Uint8Array): CompiledContract {
    try {
      return compileContract(descriptorSet);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      const text = `the contract is refused: ${error.message}`;
      throw this.#refusal('GW_BAD_REQUEST', service, text, [violationOf(error)], null);
    }
  }

  #checkServable(service: string, contract: CompiledContract): void {
    const violations = unservable(contract);
    if (violations.length === 0) return;
    const { place, detail, rule } = violations[0]!;
    const text = `no edge could serve the contract: ${place.symbol}: ${detail} [${rule}]`;
    throw this.#refusal('GW_BAD_REQUEST', service, text, violations, contract);
  }

  #refuseClaims(service: string, objections: readonly ContractViolation[], contract: CompiledContract | null): never {
    const { detail, rule } = objections[0]!;
    throw this.#refusal('GW_FORBIDDEN', service, `${detail} [${rule}]`, objections, contract);
  }

  #refuseBreaking(service: string, broken: readonly ContractViolation[], contract: CompiledContract): never {
    const { place, detail, rule } = broken[0]!;
    const text = `the contract breaks the one in force: ${place.symbol || place.file}: ${detail} [${rule}]`;
    throw this.#refusal('GW_FAILED_PRECONDITION', service, text, broken, contract);
  }

  #refusal(
    code: ErrorCode,
    service: string,
    text: string,
    violations: readonly ContractViolation[],
    contract: CompiledContract | null,
  ): GatewayError {
    this.listener.refused(service, [...new Set(violations.map(({ rule }) => rule))], text);
    return refusalOf(code, text, violations, contract);
  }

  #write(entry: ContractEntry, descriptorSet: Uint8Array, contract: CompiledContract, { way }: PublicationTerms): void {
    try {
      this.book.publish(entry, descriptorSet, contract);
    } catch (error) {
      this.listener.journal((error as Error).message);
      throw new GatewayError('GW_UNAVAILABLE', { detail: 'the contract cannot be kept now', cause: error });
    }
    this.listener.journal(null);
    this.listener.accepted(entry.service);
    this.listener.published(entry, way);
  }
}

/** What the history keeps of a publication. */
function entryOf(
  owner: string,
  service: string,
  publishedAt: number,
  { digest }: CompiledContract,
  broken: readonly ContractViolation[],
  { publishedBy, note }: PublicationTerms,
): ContractEntry {
  return {
    ...{ service, digest, owner, publishedAt },
    ...(publishedBy === undefined || publishedBy === owner ? {} : { publishedBy }),
    ...(broken.length > 0 ? { allowedBreaking: true } : {}),
    ...(note ? { note } : {}),
  };
}
