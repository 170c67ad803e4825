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
  'libs/mtls/src',
  'libs/rate-limit/src',
  'libs/resilience/src',
  'libs/rpc-protocols/src',
  'libs/validation/src',
  'libs/versioning/src',
];
const WHOLE = { lines: 100, branches: 100 };

const unit = { ...base, testPathIgnorePatterns: ['/node_modules/', '-e2e/'] };

export default {
  rootDir: base.rootDir,
  projects: [
    // Loading Nest costs a third of a second a suite: only those that know it pay.
    {
      ...unit,
      displayName: 'apps',
      setupFiles: [preload],
      testMatch: ['<rootDir>/{apps,libs/platform}/**/*.spec.ts'],
    },
    {
      ...unit,
      displayName: 'libs',
      // Certificates are made with a library that needs it first.
      setupFiles: ['reflect-metadata'],
      testMatch: ['<rootDir>/{libs,tools}/**/*.spec.ts'],
      testPathIgnorePatterns: [...unit.testPathIgnorePatterns, '/libs/platform/'],
    },
  ],
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
