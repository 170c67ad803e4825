import type { AccountSeed } from './auth/accounts';
import type { PermissionStore } from './permissions/permission-store';

/** The users of the walk in the README. Everybody knows their passwords: they exist in demonstrations only. */
export const ACCOUNT_SEEDS: readonly AccountSeed[] = [
  {
    id: 'u-ada',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    scopes: ['projects:read', 'projects:write'],
    password: 'analytical-engine-1843',
    accessTokens: ['opaque-token-of-ada'],
  },
  {
    id: 'u-bob',
    email: 'bob@example.com',
    name: 'Bob',
    scopes: ['projects:read'],
    password: 'difference-engine-1822',
    accessTokens: ['opaque-token-of-bob'],
  },
  {
    id: 'u-grace',
    email: 'grace@example.com',
    name: 'Grace Hopper',
    scopes: ['registry:admin'],
    password: 'mark-one-compiler-1952',
    accessTokens: ['opaque-token-of-grace'],
  },
];

/** A project as it is seeded. */
export interface ProjectSeed {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string;
  readonly tags: readonly string[];
}

export const PROJECT_SEEDS: readonly ProjectSeed[] = [
  {
    id: 'p1',
    name: 'Analytical Engine',
    description: 'A general-purpose computer of brass and steam',
    ownerId: 'u-ada',
    tags: ['mechanical', 'general-purpose'],
  },
  {
    id: 'p2',
    name: 'Bernoulli numbers',
    description: 'The first published program',
    ownerId: 'u-ada',
    tags: ['program'],
  },
];

/** Ada may read and write both projects, Bob may read the first. Grace operates the platform and has no projects. */
export function seedPermissions(permissions: PermissionStore): void {
  for (const { id, ownerId } of PROJECT_SEEDS) permissions.grant(ownerId, id, ['project:read', 'project:write']);
  permissions.grant('u-bob', 'p1', ['project:read']);
}
