/**
 * Who may import whom. The tags stand in each project.json; tools/boundaries.spec.ts writes forbidden imports and sees
 * them refused.
 */
const FRAMEWORK = ['@nestjs/*', 'rxjs', 'rxjs/*', 'reflect-metadata'];

export const boundaries = {
  enforceBuildableLibDependency: false,
  allow: [],
  depConstraints: [
    {
      sourceTag: 'type:app',
      onlyDependOnLibsWithTags: ['type:platform', 'type:core', 'type:base', 'type:contract', 'type:testing'],
    },
    {
      // Of the core libraries only mtls and discovery: eslint.config.mjs names the others.
      sourceTag: 'type:platform',
      onlyDependOnLibsWithTags: ['type:core', 'type:base', 'type:contract', 'type:testing'],
    },
    {
      sourceTag: 'type:core',
      onlyDependOnLibsWithTags: ['type:base', 'type:contract', 'type:testing'],
      bannedExternalImports: FRAMEWORK,
    },
    {
      sourceTag: 'type:base',
      onlyDependOnLibsWithTags: ['type:base', 'type:testing'],
      bannedExternalImports: FRAMEWORK,
    },
    { sourceTag: 'type:contract', onlyDependOnLibsWithTags: [], bannedExternalImports: FRAMEWORK },
    {
      sourceTag: 'type:testing',
      onlyDependOnLibsWithTags: ['type:base', 'type:contract', 'type:core'],
      // @peculiar/x509 needs reflect-metadata.
      bannedExternalImports: FRAMEWORK.filter((name) => name !== 'reflect-metadata'),
    },
    {
      sourceTag: 'type:tools',
      onlyDependOnLibsWithTags: ['type:base', 'type:contract', 'type:core', 'type:testing'],
      bannedExternalImports: FRAMEWORK,
    },
    {
      sourceTag: 'type:e2e',
      onlyDependOnLibsWithTags: ['type:testing', 'type:contract', 'type:base'],
      bannedExternalImports: FRAMEWORK,
    },
  ],
};

/** The core libraries that `platform` must leave to the apps. */
export const CORE_BARRED_FROM_PLATFORM = [
  'balancing',
  'cache',
  'discovery-sources',
  'forecast',
  'grpc-pool',
  'http-security',
  'identity',
  'mocking',
  'json-schema',
  'openapi',
  'pipeline',
  'rate-limit',
  'realtime',
  'resilience',
  'route-table',
  'rpc-protocols',
  'transcoding',
  'validation',
  'versioning',
].map((name) => `@gateway/${name}`);
