import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';
import { generate } from './generate';

/** Every folder of generated code. */
const GENERATED = '{apps,libs}/*/src/gen/**/*.ts';

/** Files whose content isn't what the schemas say now: changed, missing, or no longer generated. */
export async function driftedFiles(): Promise<string[]> {
  const copy = mkdtempSync(join(tmpdir(), 'gateway-generated-'));
  try {
    await generate(copy);
    const names = new Set([...globSync(GENERATED, { cwd: workspaceDir() }), ...globSync(GENERATED, { cwd: copy })]);
    return [...names].filter((name) => contentOf(workspaceDir(), name) !== contentOf(copy, name)).sort();
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function contentOf(root: string, name: string): string | null {
  const file = join(root, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
