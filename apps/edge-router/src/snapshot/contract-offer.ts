import type { CompiledContract, ContractOverlay } from '@gateway/contracts';
import type { ContractSource } from './contract-routes';
import { type OverlaidRoutes, overlaidRoutes } from './overlaid-routes';
import type { AuthAbilities } from './source';

/** A contract that routes are made of, again when other overlays are in force. */
export class ContractOffer {
  private overlays: readonly ContractOverlay[] = [];
  private made: OverlaidRoutes | null = null;

  constructor(
    readonly contract: CompiledContract,
    readonly source: ContractSource,
    private readonly auth: AuthAbilities,
  ) {}

  /** Its routes; the same ones as long as the overlays are the same list, so that their pipelines stay. */
  routes(overlays: readonly ContractOverlay[]): OverlaidRoutes {
    if (this.made === null || !isSame(this.overlays, overlays))
      this.made = overlaidRoutes(this.contract, this.source, this.auth, overlays);
    this.overlays = overlays;
    return this.made;
  }
}

const isSame = (a: readonly ContractOverlay[], b: readonly ContractOverlay[]): boolean =>
  a === b || (a.length === 0 && b.length === 0);
