import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledContract, compileContract } from '@gateway/contracts';
import type { ApiPath, ApiRoute, ApiSegment } from '../api-route';

/** `library.proto` with everything that it imports, as a contract arrives. */
export function compileLibrary(options: readonly string[] = []): CompiledContract {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  try {
    for (const provided of ['google', 'buf', 'gateway'])
      cpSync(join('protos', provided), join(folder, provided), { recursive: true });
    cpSync(join(import.meta.dirname, 'library.proto'), join(folder, 'library.proto'));
    const args = ['build', folder, '--path', join(folder, 'library.proto'), '-o', '-', ...options];
    const built = spawnSync('node_modules/.bin/buf', args, { maxBuffer: 1 << 24 });
    if (built.status !== 0) throw new Error(String(built.stderr));
    return compileContract(new Uint8Array(built.stdout));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The routes of a contract, as the gateway would serve them. */
export const routesOf = ({ methods }: CompiledContract): ApiRoute[] =>
  methods.flatMap(({ typeName, method, desc, bindings, policy }) =>
    bindings.map(({ method: verb, path, body, responseBody }, index) => ({
      id: `${typeName}.${method}${index === 0 ? '' : `#${index + 1}`}`,
      methods: [verb],
      path: apiPath(path),
      hosts: [],
      policy,
      call: { method: desc, body, responseBody },
    })),
  );

/** The parts of a template. Only the templates of these tests: the gateway's own are compiled by the route table. */
export function apiPath(template: string): ApiPath {
  const [, path = '', verb = ''] = /^\/(.*?)(?::([a-z]+))?$/.exec(template) ?? [];
  const segments: ApiSegment[] = [];
  const variables: { path: string[]; from: number; to: number }[] = [];
  for (const part of path.match(/\{[^}]*\}|[^/]+/g) ?? []) {
    const [, name, pattern = '*'] = /^\{([^=}]*)=?([^}]*)\}$/.exec(part)?.map((text) => text || undefined) ?? [];
    const from = segments.length;
    for (const text of (name === undefined ? part : pattern).split('/'))
      segments.push({ kind: kindOf(text, name !== undefined), text: text.startsWith('*') ? '' : text });
    if (name !== undefined)
      variables.push({ path: name.split('.'), from, to: pattern.endsWith('**') ? -1 : segments.length });
  }
  return { segments, variables, verb };
}

function kindOf(text: string, inVariable: boolean): ApiSegment['kind'] {
  if (!text.startsWith('*')) return 'literal';
  if (inVariable) return text === '*' ? 'variable' : 'variableRest';
  return text === '*' ? 'any' : 'rest';
}
