/** Unit and integration tests of every app, library and tool. */
import { base } from './tools/jest/base.mjs';

const whole = { lines: 100, branches: 100 };

export default {
  ...base,
  testMatch: ['<rootDir>/{apps,libs,tools}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '-e2e/'],
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{apps,libs}/*/src/**/*.ts',
    '!**/gen/**',
    '!**/*.spec.ts',
    '!**/*.conformance.ts',
    '!**/main.ts',
  ],
  // The critical paths: whole, from the first day.
  coverageThreshold: {
    './apps/edge-router/src/pipeline/': whole,
    './libs/rate-limit/src/': whole,
    './libs/cache/src/': whole,
    './libs/identity/src/': whole,
    './libs/mtls/src/': whole,
    './apps/registry-daemon/src/lease/': whole,
    './apps/registry-daemon/src/watch/': whole,
  },
};
