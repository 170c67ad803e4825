/** Black-box tests: they start the built programs. One at a time: the machine is small and ports are real. */
import { base } from './tools/jest/base.mjs';

export default {
  ...base,
  testMatch: ['<rootDir>/apps/*-e2e/src/**/*.spec.ts'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
