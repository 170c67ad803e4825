/** Unit and integration tests of every app, library and tool. */
import { base, preload } from './tools/jest/base.mjs';
import { modulesWithoutCode } from './tools/jest/without-code.mjs';

/** The critical paths: every line and every branch is tested, from the first day. */
const CRITICAL = [
  'apps/edge-router/src/pipeline',
  'apps/registry-daemon/src/ejection',
  'apps/registry-daemon/src/health',
  'apps/registry-daemon/src/lease',
  'apps/registry-daemon/src/watch',
  'libs/balancing/src',
  'libs/cache/src',
  'libs/identity/src',
  'libs/json-schema/src',
  'libs/mocking/src',
  'libs/mtls/src',
  'libs/rate-limit/src',
  'libs/resilience/src',
  'libs/rpc-protocols/src',
  'libs/validation/src',
  'libs/versioning/src',
];
const WHOLE = { lines: 100, branches: 100 };

/** Specs of the critical paths lie beside them, but for these of the whole pipeline. */
const CRITICAL_SPECS = [...CRITICAL.map((folder) => `<rootDir>/${folder}/`), '<rootDir>/apps/edge-router/src/[^/]*$'];

/**
 * Loading Nest costs a third of a second a suite: only those that know it pay. The others make certificates, with a
 * library that needs metadata first.
 */
const KINDS = [
  { name: 'apps', setupFiles: [preload], testMatch: ['<rootDir>/{apps,libs/platform}/**/*.spec.ts'], others: [] },
  {
    name: 'libs',
    setupFiles: ['reflect-metadata'],
    testMatch: ['<rootDir>/{libs,tools}/**/*.spec.ts'],
    others: ['<rootDir>/libs/platform/'],
  },
];

/** Measuring coverage doubles a suite's time: `npm test` measures that of the critical paths, by their own specs. */
const projects = KINDS.flatMap(({ name, others, ...kind }) => {
  const ignored = ['/node_modules/', '-e2e/', ...others];
  return [
    {
      ...base,
      ...kind,
      displayName: `critical ${name}`,
      testPathIgnorePatterns: [`^(?!${CRITICAL_SPECS.join('|')})`, ...ignored],
    },
    { ...base, ...kind, displayName: name, testPathIgnorePatterns: [...CRITICAL_SPECS, ...ignored] },
  ];
});

export default {
  rootDir: base.rootDir,
  projects,
  coverageProvider: 'v8',
  collectCoverageFrom: [
    ...CRITICAL.map((folder) => `${folder}/**/*.ts`),
    '!**/*.spec.ts',
    '!**/*.conformance.ts',
    '!**/*.fixture.ts',
    ...modulesWithoutCode(CRITICAL, base.rootDir).map((file) => `!${file}`),
  ],
  coverageThreshold: Object.fromEntries(CRITICAL.map((folder) => [`./${folder}/`, WHOLE])),
};
