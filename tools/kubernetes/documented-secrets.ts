import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';

/** Rows of the table of secrets: `| \`identity-redis\` | … |`. */
const ROW = /^\| `([a-z0-9-]+)`/gm;

/** The secrets that k8s/README.md tells an operator to make: no manifest may need another. */
export function documentedSecrets(): ReadonlySet<string> {
  const text = readFileSync(join(workspaceDir(), 'k8s', 'README.md'), 'utf8');
  const table = text.slice(text.indexOf('## Secrets'), text.indexOf('\n## ', text.indexOf('## Secrets') + 1));
  return new Set([...table.matchAll(ROW)].map(([, name]) => name!));
}
