import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'minor' }) => void;

/**
 * Bytes of streamed chunks after which the dead ones are collected. A young collection takes about a millisecond; left
 * alone, V8 lets 64 MiB of chunks outside its heap pile up before it looks (measured: 60 MiB of growth for one download,
 * 5 MiB with this).
 */
const COLLECT_EVERY_BYTES = 16 * 1024 * 1024;

const collect = collector();
let passed = 0;

/** Called for each chunk of a streamed body: keeps what a long stream leaves behind small. */
export function chunkPassed(bytes: number): void {
  passed += bytes;
  if (passed < COLLECT_EVERY_BYTES) return;
  passed = 0;
  collect({ type: 'minor' });
}

/** V8's own collector; the flag affects only contexts made after it, so nothing else of the process can see it. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
