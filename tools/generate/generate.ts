import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';
import { runProgram } from '../command/run-program';
import { Problem } from '../command/problem';
import { generateClient } from './client';
import { TABLE_FILE, transcodingTable } from '../transcoding-table/render';

const protosDir = (): string => join(workspaceDir(), 'protos');

/** The templates of buf: what is generated from which schemas, and into which app or library. */
const templates = (): string[] => readdirSync(protosDir()).filter((name) => /^buf\.gen(\..+)?\.yaml$/.test(name));

/**
 * Generates code from the schemas in `protos/`.
 * @param root where the workspace's folders are; a copy that holds nothing else, for comparing
 * @throws Problem with buf's output when it fails
 */
export async function generate(root = workspaceDir()): Promise<void> {
  for (const template of templates()) {
    const args = ['generate', '--template', template, '--output', join(root, 'protos')];
    const { code, output } = await runProgram('buf', args, { cwd: protosDir() });
    if (code !== 0) throw new Problem(`${output.trim()}\nbuf generate --template ${template} failed`);
  }
  await generateClient(root);
}

/** Writes the published pages that are made from test cases; a spec beside the cases compares them. */
export function publishTables(): void {
  writeFileSync(join(workspaceDir(), TABLE_FILE), transcodingTable());
}

/** Embeds the schemas that the edge provides to EDGE_PROTOS; a spec beside the script compares them. */
export async function provideProtos(): Promise<void> {
  const { code, output } = await runProgram('node', ['apps/edge-router/src/snapshot/protos/provide.mjs']);
  if (code !== 0) throw new Problem(output.trim());
}
