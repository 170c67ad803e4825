import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { workspaceDir } from '@gateway/testing';

const BOUNDARIES = '@nx/enforce-module-boundaries';
const RESTRICTED_IMPORT = 'no-restricted-imports';
const RESTRICTED_SYNTAX = 'no-restricted-syntax';

/** What must not be written, where, and the rule that says so. Each is a file of its own, for as long as this runs. */
const FORBIDDEN: Record<string, { file: string; source: string; rule: string }> = {
  'a core library imports Nest': {
    file: 'libs/transcoding/src/boundary-probe-1.ts',
    source: "export { Injectable } from '@nestjs/common';",
    rule: BOUNDARIES,
  },
  'a core library imports another core library': {
    file: 'libs/transcoding/src/boundary-probe-2.ts',
    source: "export { RouteTable } from '@gateway/route-table';",
    rule: BOUNDARIES,
  },
  'a base library imports a core library': {
    file: 'libs/errors/src/boundary-probe.ts',
    source: "export { RouteTable } from '@gateway/route-table';",
    rule: BOUNDARIES,
  },
  'an app imports another app': {
    file: 'apps/mock-services/src/boundary-probe.ts',
    source: "export * from '../../auth-proxy/src/main';",
    rule: BOUNDARIES,
  },
  "an end-to-end test imports an app's source": {
    file: 'apps/edge-router-e2e/src/boundary-probe.ts',
    source: "export * from '../../edge-router/src/main';",
    rule: BOUNDARIES,
  },
  'platform imports a core library other than mtls and discovery': {
    file: 'libs/platform/src/boundary-probe.ts',
    source: "export { RouteTable } from '@gateway/route-table';",
    rule: RESTRICTED_IMPORT,
  },
  'a library other than redis imports ioredis': {
    file: 'libs/route-table/src/boundary-probe-1.ts',
    source: "export { Redis } from 'ioredis';",
    rule: RESTRICTED_IMPORT,
  },
  'process.env is read outside of config': {
    file: 'libs/route-table/src/boundary-probe-2.ts',
    source: 'export const home = process.env.HOME;',
    rule: RESTRICTED_SYNTAX,
  },
  'time is taken from elsewhere than a Clock': {
    file: 'libs/route-table/src/boundary-probe-3.ts',
    source: 'export const now = Date.now();',
    rule: RESTRICTED_SYNTAX,
  },
  'a timer is set elsewhere than on a Clock': {
    file: 'libs/route-table/src/boundary-probe-4.ts',
    source: 'export const later = setTimeout(() => undefined, 1);',
    rule: RESTRICTED_SYNTAX,
  },
};

/** The same kind of file with an import that is allowed: without it a rule that refuses everything would pass. */
const ALLOWED = {
  file: 'libs/transcoding/src/boundary-probe-3.ts',
  source: "export { GatewayError } from '@gateway/errors';",
};

const root = workspaceDir();
const probes = [...Object.values(FORBIDDEN), ALLOWED];
const files = probes.map(({ file }) => file);

interface Linted {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null }[];
}

let linted: readonly Linted[];

function run(command: string, ...args: string[]): string {
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  const cli = join(root, 'node_modules/.bin', command);
  const { stdout } = spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8', env });
  return stdout;
}

const removeProbes = (): void => files.forEach((file) => rmSync(join(root, file), { force: true }));

beforeAll(() => {
  process.on('exit', removeProbes);
  // Without a project graph the boundary rule lets everything pass.
  run('nx', 'show', 'projects');
  for (const { file, source } of probes) writeFileSync(join(root, file), `${source}\n`);
  linted = JSON.parse(run('eslint', '--format', 'json', ...files)) as Linted[];
}, 120_000);

afterAll(() => {
  removeProbes();
  process.off('exit', removeProbes);
});

const rulesFor = (file: string): (string | null)[] =>
  linted.find(({ filePath }) => filePath === join(root, file))!.messages.map(({ ruleId }) => ruleId);

test.each(Object.entries(FORBIDDEN))('lint refuses it when %s', (_, { file, rule }) => {
  expect(rulesFor(file)).toEqual([rule]);
});

test('lint accepts what is allowed', () => {
  expect(rulesFor(ALLOWED.file)).toEqual([]);
});

test('every library that platform must not import is known to its rule', async () => {
  const { CORE_BARRED_FROM_PLATFORM } = (await import(join(root, 'eslint.boundaries.mjs'))) as {
    CORE_BARRED_FROM_PLATFORM: string[];
  };
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')) as {
    compilerOptions: { paths: Record<string, [string]> };
  };
  const core = Object.entries(compilerOptions.paths)
    .filter(([alias]) => !alias.endsWith('/*'))
    .filter(([, [entry]]) => tagsOf(entry).includes('type:core'))
    .map(([alias]) => alias);
  expect(CORE_BARRED_FROM_PLATFORM.toSorted()).toEqual(
    core.filter((alias) => !['@gateway/mtls', '@gateway/discovery'].includes(alias)).toSorted(),
  );
});

/** @param entry `./libs/<name>/src/index.ts` */
function tagsOf(entry: string): string[] {
  const project = JSON.parse(readFileSync(join(root, entry, '../../project.json'), 'utf8')) as { tags: string[] };
  return project.tags;
}
