import { digestOf } from '@gateway/contracts';
import { RouteConflictError } from '@gateway/route-table';
import type { ApiPaths } from '@gateway/versioning';
import { assertDistinct, compileSnapshot, type RouteSnapshot } from './compile';
import type { ContractOffer } from './contract-offer';
import type { ContractRef, ContractSources } from './contract-sources';
import { noRoutes, unusedOverlays } from './overlaid-routes';
import type { SnapshotProblem } from './problem';
import { ProtosError } from './protos/protos-error';
import { type CompiledProtos, protosOffer } from './protos/protos-source';
import { fileError, RouteFileError } from './route-file/parse';
import { fileRoutes } from './route-file/routes';
import type { SchemaLibrary } from './route-file/schema-library';
import { type AuthAbilities, emptySource, type FileRoutes, type SourceRoutes } from './source';
import { NO_OBSERVER, type SourceObserver } from './source-ledger';

/** Where snapshots go, and who wants to know. */
export interface RouteManagerOptions {
  readonly auth: AuthAbilities;
  /** The schemas that the route file names. */
  readonly library: SchemaLibrary;
  /** The platform's own routes. */
  readonly platform: SourceRoutes;
  readonly contracts: ContractSources;
  /** Of the services that the route file trusts to say what they have; absent: nobody asks them. */
  readonly reflected?: ContractSources;
  /** Where versions stand in paths. */
  readonly paths: ApiPaths;
  /** Told which version of the file and of the proto sources is taken, and which isn't. */
  readonly observer?: SourceObserver;
  /** Puts a snapshot in force. */
  readonly swap: (snapshot: RouteSnapshot) => void;
  /** The services of the route file, when they are others now. */
  readonly onServices: (file: Pick<FileRoutes, 'services' | 'found' | 'reflected'>) => void;
}

/** Keeps the snapshot what its sources say. Of each source the last good version counts. */
export class RouteManager {
  private file: FileRoutes = emptySource('file');
  private fileProblems: readonly SnapshotProblem[] = [];
  private protos: ContractOffer | null = null;
  private protosProblems: readonly SnapshotProblem[] = [];

  private readonly observer: SourceObserver;

  constructor(private readonly options: RouteManagerOptions) {
    this.observer = options.observer ?? NO_OBSERVER;
  }

  /**
   * Takes the text of the route file. When it can't be used the last one stays in force, and what is wrong becomes a
   * problem of the snapshot.
   * @throws RouteFileError
   */
  takeFile(text: string): void {
    try {
      this.file = readRoutes(text, this.options.auth, this.options.library);
      this.fileProblems = [];
      this.options.onServices(this.file);
      this.observer.accepted('file', versionOf(text));
    } catch (error) {
      if (error instanceof RouteFileError) this.fileProblems = error.problems;
      this.observer.refused('file', versionOf(text), 'file', (error as Error).message);
      throw error;
    } finally {
      this.rebuild();
    }
  }

  /**
   * Takes EDGE_PROTOS. When they can't be used the last ones stay in force, and what is wrong becomes a problem of the
   * snapshot.
   * @param protos an error: why they don't even compile
   * @throws ProtosError
   */
  takeProtos(protos: CompiledProtos | ProtosError): void {
    try {
      if (protos instanceof ProtosError) throw protos;
      this.protos = protosOffer(protos, { ...this.options, overlays: this.file.overlays });
      this.protosProblems = [];
      this.observer.accepted('protos', protos.contract.digest);
    } catch (error) {
      if (error instanceof ProtosError) this.protosProblems = error.problems;
      const version = protos instanceof ProtosError ? '' : protos.contract.digest;
      this.observer.refused('protos', version, 'protos', (error as Error).message);
      throw error;
    } finally {
      this.rebuild();
    }
  }

  /** Takes the contracts that the registry has in force. */
  takeContracts(refs: readonly ContractRef[]): void {
    if (this.options.contracts.update(refs)) this.rebuild();
  }

  /** Compiles everything anew and puts it in force. */
  rebuild(): void {
    const { platform, contracts, reflected, swap } = this.options;
    const { overlays } = this.file;
    const protos = this.protos?.routes(overlays) ?? noRoutes('protos');
    const offered = [protos, ...(reflected?.sources(overlays) ?? []), ...contracts.sources(overlays)];
    const problems = [...this.fileProblems, ...this.protosProblems, ...unusedOverlays(overlays, offered)];
    const file = { ...this.file, problems: [...this.file.problems, ...problems] };
    swap(compileSnapshot([file, platform, ...offered]));
  }
}

/** The name of a text's content, as contracts have theirs. */
const versionOf = (text: string): string => digestOf(Buffer.from(text));

/** @throws RouteFileError */
export function readRoutes(text: string, auth: AuthAbilities, library: SchemaLibrary): FileRoutes {
  const file = fileRoutes(text, auth, library);
  try {
    assertDistinct(file);
  } catch (error) {
    if (error instanceof RouteConflictError) throw new RouteFileError([fileError('routes', error.message)]);
    throw error;
  }
  return file;
}
