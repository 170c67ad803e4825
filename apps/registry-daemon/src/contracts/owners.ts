import { z } from 'zod';
import { serviceNameOf, spiffeIdFor } from '@gateway/mtls';

const prefix = z.string().regex(/^\/[^{}*?#\s]*$/, 'must be a path prefix such as /api/v1/projects, or /');
const packageName = z
  .string()
  .regex(/^(\*|[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*)$/i, 'must be a proto package such as project.v1, or *');
const serviceName = z
  .string()
  .regex(/^(\*|[a-z0-9][a-z0-9.-]{0,127})$/, "must be a service's name such as project-service, or *");

const entry = z.strictObject({
  services: z.array(serviceName).optional(),
  packages: z.array(packageName).default([]),
  paths: z.array(prefix).default([]),
  anonymous: z.array(prefix).default([]),
});

/** REGISTRY_OWNERS: who may publish what, by SPIFFE id; `*` stands for identities without an entry of their own. */
export const ownersSchema = z.record(
  z.string().regex(/^(\*|spiffe:\/\/[^/\s]+\/[^\s]+)$/, 'must be a SPIFFE id or *'),
  entry,
);

/** REGISTRY_OWNERS as written. */
export type OwnersConfig = z.infer<typeof ownersSchema>;

/** What an identity may claim. */
export interface Claim {
  /** Names under which it may register; `*`: any. */
  readonly services: readonly string[];
  /** Proto packages, with all below them; `*`: any. */
  readonly packages: readonly string[];
  /** Path prefixes, at a segment's boundary; `/`: any. */
  readonly paths: readonly string[];
  /** Path prefixes under which a route may be called without a credential. */
  readonly anonymous: readonly string[];
  /** From the entry `*`: yields to every explicit entry, and to whoever published before. */
  readonly fallback: boolean;
}

const NOTHING: Claim = { services: [], packages: [], paths: [], anonymous: [], fallback: false };

/**
 * The platform's own apps are never strangers: without an entry they have their own name and packages, and an entry adds to
 * that. The registry's API is a route like any service's, and nobody else's.
 */
const PLATFORM: Readonly<Record<string, readonly string[]>> = {
  'registry-daemon': ['/api/registry'],
  'auth-proxy': [],
  'edge-router': [],
  'ws-node': [],
};

/** Everything is allowed to everyone, as long as nobody else has claimed it: development's default. */
export const OPEN_OWNERS: OwnersConfig = {
  '*': { services: ['*'], packages: ['*'], paths: ['/'], anonymous: ['/'] },
};

/** Who owns what, by configuration. Wildcards (`*`, `/`) allow their identity everything, they don't take it from others. */
export class Owners {
  readonly #explicit = new Map<string, Claim>();
  readonly #fallback: Claim;
  readonly #operator = spiffeIdFor('operator');

  constructor(config: OwnersConfig) {
    const { '*': fallback, ...explicit } = config;
    for (const [name, paths] of Object.entries(PLATFORM))
      this.#explicit.set(spiffeIdFor(name), { ...NOTHING, services: [name], packages: ['gateway'], paths });
    for (const [id, { services, ...rest }] of Object.entries(explicit))
      this.#explicit.set(
        id,
        this.#withOwn(id, { ...rest, services: services ?? [serviceNameOf(id)], fallback: false }),
      );
    this.#fallback = fallback ? { ...fallback, services: fallback.services ?? [], fallback: true } : NOTHING;
  }

  /** Whether the identity may do anything, also for others. */
  isOperator(id: string): boolean {
    return id === this.#operator;
  }

  claimOf(id: string): Claim {
    return this.#explicit.get(id) ?? this.#fallback;
  }

  /** The identity whose explicit entry has the service; null: none's. */
  ownerOfService(service: string): string | null {
    return this.#find((claim) => claim.services.includes(service));
  }

  /** The identity whose explicit entry covers the package. */
  ownerOfPackage(name: string): string | null {
    return this.#find((claim) =>
      coversPackage(
        claim.packages.filter((each) => each !== '*'),
        name,
      ),
    );
  }

  /** The identity whose explicit entry covers the path. */
  ownerOfPath(path: string): string | null {
    return this.#find((claim) =>
      coversPath(
        claim.paths.filter((each) => each !== '/'),
        path,
      ),
    );
  }

  /** What is configured, beside what the identity has by itself. */
  #withOwn(id: string, claim: Claim): Claim {
    const own = this.#explicit.get(id) ?? NOTHING;
    const packages = [...own.packages, ...claim.packages];
    return { ...claim, packages, paths: [...own.paths, ...claim.paths] };
  }

  #find(matches: (claim: Claim) => boolean): string | null {
    for (const [id, claim] of this.#explicit) if (matches(claim)) return id;
    return null;
  }
}

/** Whether a name is among those claimed. */
export const coversService = (claimed: readonly string[], service: string): boolean =>
  claimed.includes('*') || claimed.includes(service);

/** Whether a package is one of those claimed, or below one. */
export const coversPackage = (claimed: readonly string[], name: string): boolean =>
  claimed.some((each) => each === '*' || name === each || name.startsWith(`${each}.`));

/**
 * Whether every path that a template matches lies under one of the prefixes. What counts is the template's literal
 * beginning, up to its first variable; a prefix ends at a segment's boundary or before a verb.
 */
export function coversPath(prefixes: readonly string[], template: string): boolean {
  const literal = literalStart(template);
  return prefixes.some((prefix) => {
    const base = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
    return literal === base || literal.startsWith(`${base}/`) || literal.startsWith(`${base}:`);
  });
}

/** A template's whole segments before its first variable, and the verb of a template without one. */
function literalStart(template: string): string {
  const variable = template.search(/[{*]/);
  return variable < 0 ? template : template.slice(0, template.lastIndexOf('/', variable) + 1);
}
