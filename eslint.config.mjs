import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { CORE_BARRED_FROM_PLATFORM, boundaries } from './eslint.boundaries.mjs';

const TESTS = ['**/*.spec.ts', '**/*.conformance.ts', 'apps/*-e2e/**', 'libs/testing/**', 'tools/**'];

const READ_ENV = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'process.env is read only in libs/config: declare a field in the configuration.',
};
const READ_CLOCK = {
  selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
  message: 'Take time from a Clock (libs/clock), so that tests can move it.',
};
const START_TIMER = {
  selector: 'CallExpression[callee.name=/^(setTimeout|setInterval)$/]',
  message: 'Timers go through a Clock (libs/clock), so that tests can move it.',
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '.nx', '.dev', '**/gen/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', READ_ENV, READ_CLOCK, START_TIMER],
    },
  },
  // Nest reads constructor types at run time: an import turned into a type import would break injection.
  {
    files: ['apps/*/src/**/*.ts', 'libs/platform/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: ['libs/redis/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: [{ name: 'ioredis', message: 'Only libs/redis imports ioredis.' }] }],
    },
  },
  {
    files: ['libs/platform/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: CORE_BARRED_FROM_PLATFORM, message: 'platform may import only mtls and discovery of core.' },
          ],
        },
      ],
    },
  },
  { files: ['libs/config/**/*.ts'], rules: { 'no-restricted-syntax': ['error', READ_CLOCK, START_TIMER] } },
  { files: ['libs/clock/**/*.ts'], rules: { 'no-restricted-syntax': ['error', READ_ENV] } },
  { files: TESTS, rules: { 'no-restricted-syntax': 'off', 'no-restricted-imports': 'off' } },
);
