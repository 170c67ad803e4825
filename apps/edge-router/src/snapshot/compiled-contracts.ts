import { type CompiledContract, compileContract, ContractError } from '@gateway/contracts';
import type { ContractMethods } from '../upstreams/upstreams';

/** Where contracts' bytes are found by digest. */
export interface ContractBytes {
  descriptorSet(digest: string): Uint8Array | undefined;
}

/** More contracts than a platform has in force at a time; beyond it the oldest is compiled again when it is needed. */
const REMEMBERED = 512;

/** Contracts by digest, each compiled once. */
export class CompiledContracts implements ContractMethods {
  private readonly compiled = new Map<string, CompiledContract | ContractError>();
  private readonly paths = new WeakMap<CompiledContract, ReadonlySet<string>>();
  private known = 0;

  constructor(private readonly bytes: ContractBytes) {}

  /** The contract, why it can't be used, or undefined while its bytes haven't arrived. */
  get(digest: string): CompiledContract | ContractError | undefined {
    const compiled = this.compiled.get(digest);
    if (compiled !== undefined) return compiled;
    const bytes = this.bytes.descriptorSet(digest);
    return bytes === undefined ? undefined : this.add(digest, bytes);
  }

  has(digest: string, path: string): boolean {
    const contract = this.get(digest);
    if (contract === undefined || contract instanceof ContractError) return false;
    let paths = this.paths.get(contract);
    if (paths === undefined) this.paths.set(contract, (paths = new Set(contract.methods.map((method) => method.path))));
    return paths.has(path);
  }

  version(): number {
    return this.known;
  }

  /** Bytes may have arrived: whoever asked before should ask again. */
  touch(): void {
    this.known += 1;
  }

  private add(digest: string, bytes: Uint8Array): CompiledContract | ContractError {
    const result = attempt(bytes);
    const [oldest] = this.compiled.keys();
    if (this.compiled.size >= REMEMBERED && oldest !== undefined) this.compiled.delete(oldest);
    this.compiled.set(digest, result);
    return result;
  }
}

function attempt(bytes: Uint8Array): CompiledContract | ContractError {
  try {
    return compileContract(bytes);
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
}
