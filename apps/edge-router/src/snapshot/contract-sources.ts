import { ContractError, type ContractOverlay } from '@gateway/contracts';
import { RouteConflictError } from '@gateway/route-table';
import type { ApiPaths } from '@gateway/versioning';
import { assertDistinct } from './compile';
import type { CompiledContracts } from './compiled-contracts';
import { ContractOffer } from './contract-offer';
import { noRoutes, type OverlaidRoutes } from './overlaid-routes';
import { problemLine, type SnapshotProblem } from './problem';
import type { AuthAbilities } from './source';
import { NO_OBSERVER, type SourceObserver } from './source-ledger';

/** The contract of a service that is in force. */
export interface ContractRef {
  readonly service: string;
  readonly digest: string;
}

/** A contract with a route that can't be served, while an earlier one has all of its own. */
class UnservableError extends Error {
  override readonly name = 'UnservableError';
  readonly rule = 'unservable';
}

type Refusal = ContractError | RouteConflictError | UnservableError;

const isRefusal = (error: unknown): error is Refusal =>
  error instanceof ContractError || error instanceof RouteConflictError || error instanceof UnservableError;

interface Known {
  /** Of the last contract that could be used; '' before there was one. */
  readonly digest: string;
  readonly offer: ContractOffer;
}

/**
 * What the contracts of services contribute: those of the registry, or those that services told by reflection. Of each
 * service the last good one stays until a better one comes.
 */
export class ContractSources {
  private readonly known = new Map<string, Known>();
  private readonly refused = new Map<string, SnapshotProblem>();

  constructor(
    private readonly contracts: CompiledContracts,
    private readonly auth: AuthAbilities,
    private readonly paths: ApiPaths,
    private readonly observer: SourceObserver = NO_OBSERVER,
    private readonly kind: 'contract' | 'reflection' = 'contract',
  ) {}

  /** Takes what is in force now. Returns whether anything changed. */
  update(refs: readonly ContractRef[]): boolean {
    return refs.map((ref) => this.take(ref)).some((changed) => changed);
  }

  /** The contributions, by service. @param overlays what the route file lays over them */
  sources(overlays: readonly ContractOverlay[] = []): OverlaidRoutes[] {
    const services = new Set([...this.known.keys(), ...this.refused.keys()]);
    return [...services].sort().map((service) => {
      const source = this.known.get(service)?.offer.routes(overlays) ?? noRoutes(this.nameOf(service));
      const problem = this.refused.get(service);
      return problem === undefined ? source : { ...source, problems: [...source.problems, problem] };
    });
  }

  /** Forgets the services that aren't among these. */
  retain(services: readonly string[]): void {
    for (const known of [this.known, this.refused])
      for (const service of known.keys()) if (!services.includes(service)) known.delete(service);
  }

  /** A service doesn't say what it has: what it last said stays. Returns whether that is new. */
  fail(service: string, detail: string): boolean {
    if (this.refused.get(service)?.detail === detail) return false;
    this.refused.set(service, { severity: 'error', source: this.nameOf(service), place: '', detail });
    return true;
  }

  private nameOf(service: string): string {
    return `${this.kind} ${service}`;
  }

  private take({ service, digest }: ContractRef): boolean {
    if (this.known.get(service)?.digest === digest) return this.settle(service, digest);
    const contract = this.contracts.get(digest);
    // Its bytes are still on their way.
    if (contract === undefined) return false;
    try {
      if (contract instanceof ContractError) throw contract;
      const name = this.nameOf(service);
      const versionOf = (path: string): string | null => this.paths.versionIn(path);
      const origin = { name, origin: 'contract', serviceOf: () => service, versionOf } as const;
      const offer = new ContractOffer(contract, origin, this.auth);
      const { routes, problems } = offer.routes([]);
      assertDistinct({ routes });
      // What came first may be served in part; what is served isn't given up for a mistake.
      const mistake = this.known.has(service) ? problems.find(({ authored }) => authored) : undefined;
      if (mistake !== undefined) throw new UnservableError(problemLine(mistake));
      this.known.set(service, { digest, offer });
      this.settle(service, digest);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.refuse(service, digest, error);
    }
  }

  /** What the service says is what it contributes. Returns whether it wasn't so before. */
  private settle(service: string, digest: string): boolean {
    const wasRefused = this.refused.delete(service);
    this.observer.accepted(this.nameOf(service), digest);
    return wasRefused;
  }

  private refuse(service: string, digest: string, error: Refusal): boolean {
    const detail = `contract ${digest} is refused: ${error.message}`;
    if (this.refused.get(service)?.detail === detail) return false;
    const rule = error instanceof RouteConflictError ? 'conflict' : error.rule;
    this.observer.refused(this.nameOf(service), digest, rule, error.message);
    return this.fail(service, detail);
  }
}
