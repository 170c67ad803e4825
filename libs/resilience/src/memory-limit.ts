import { readFileSync } from 'node:fs';

/** Where Linux says what a process's group may hold: cgroup v2, then v1. */
const FILES = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];
/** Version 1 writes "no limit" as the largest number of pages; nobody has that much. */
const UNLIMITED = 2 ** 60;

/**
 * The bytes that the process's container may hold; null: nobody limits it, or nobody says so.
 * @param read reads a file, or throws
 */
export function containerMemoryLimit(read: (path: string) => string = readText): number | null {
  for (const file of FILES) {
    const limit = limitIn(file, read);
    if (limit !== null) return limit;
  }
  return null;
}

function limitIn(file: string, read: (path: string) => string): number | null {
  try {
    // The word "max" is no number.
    const bytes = Number(read(file).trim());
    return bytes > 0 && bytes < UNLIMITED ? bytes : null;
  } catch {
    return null;
  }
}

const readText = (path: string): string => readFileSync(path, 'utf8');
