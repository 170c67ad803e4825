/** A package as package-lock.json has it. */
export interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  /** Whether it is left out where it doesn't fit. */
  readonly optional?: boolean;
}

/**
 * The packages that an app needs, with all that they need in turn.
 * @param manifest the app's package.json
 * @param lock `packages` of package-lock.json
 * @returns folders such as `node_modules/pino`; an optional one may not be installed
 * @throws Error when the lock lacks one
 */
export function packagesOf(
  manifest: { readonly dependencies?: Readonly<Record<string, string>> },
  lock: Readonly<Record<string, LockedPackage>>,
): { readonly path: string; readonly optional: boolean }[];
