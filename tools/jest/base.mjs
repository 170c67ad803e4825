/** What the unit and the end-to-end configuration of Jest share. */
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const { paths } = JSON.parse(readFileSync(new URL('tsconfig.base.json', root), 'utf8')).compilerOptions;

/** The workspace's folder, with a slash at its end. */
export const rootDir = root.pathname;

const aliases = Object.entries(paths).map(([alias, [target]]) =>
  alias.endsWith('/*')
    ? [`^${alias.slice(0, -1)}(.*?)(\\.js)?$`, `${rootDir}${target.slice(2, -1)}$1.ts`]
    : [`^${alias}$`, rootDir + target.slice(2)],
);

/** Must run first in suites that load Nest. */
export const preload = `${rootDir}tools/jest/preload.mjs`;

export const base = {
  rootDir,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.dev/', '<rootDir>/.nx/'],
  moduleNameMapper: Object.fromEntries(aliases),
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
