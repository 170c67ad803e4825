import type { Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { protosProblem, ProtosError } from './protos-error';

/** A `.proto` source. */
export interface ProtoFile {
  /** Below the import root, with slashes. */
  readonly name: string;
  /** Changes whenever the file does. */
  readonly fingerprint: string;
}

/** More sources than an API has: the wrong folder was named. */
const MAX_FILES = 5_000;
/** Folders within each other; a link to a folder above it would never end. */
const MAX_DEPTH = 32;

/**
 * The `.proto` sources of a folder and the folders in it, sorted. Links are followed; `node_modules` and what begins with
 * a dot is left out: a mounted ConfigMap keeps its files a second time in `..data`.
 * @throws ProtosError when there are too many, or the folder can't be read
 */
export async function protoFiles(root: string): Promise<ProtoFile[]> {
  const files: ProtoFile[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw new ProtosError([protosProblem(folder, `is deeper than ${MAX_DEPTH} folders`)]);
    for await (const { name } of await opendir(join(root, folder))) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      const found = await stat(join(root, path)).catch(() => null);
      if (found?.isDirectory()) await visit(path, depth + 1);
      else if (found?.isFile() && name.endsWith('.proto')) {
        files.push({ name: path, fingerprint: printOf(found) });
        if (files.length > MAX_FILES) throw new ProtosError([protosProblem('', `more than ${MAX_FILES} sources`)]);
      }
    }
  };
  try {
    await visit('', 0);
  } catch (error) {
    throw error instanceof ProtosError
      ? error
      : new ProtosError([protosProblem('', (error as Error).message)], { cause: error });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What changes when a source does, or one comes or goes; also of a file that is a descriptor set. Never rejects. */
export async function fingerprintOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return printOf(found);
    return JSON.stringify((await protoFiles(path)).map(({ name, fingerprint }) => [name, fingerprint]));
  } catch (error) {
    return (error as Error).message;
  }
}

const printOf = ({ ino, size, mtimeMs }: Stats): string => `${ino} ${size} ${mtimeMs}`;
