import { LOAD_CPU, type Case, type Contender } from './cases';
import { measure, median, type Sample } from './load';

const WARM_UP_SECONDS = 2;

/** How a case came out. */
export interface Result {
  readonly name: string;
  readonly peer: string;
  /** Requests per second of CPU: ours through the peer's, the median over the pairs. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly ours: number;
  readonly theirs: number;
  readonly errors: number;
}

/**
 * Runs ours and the peer in turn, so that the machine's moods hit both.
 * @param pairs how often each runs
 * @param seconds how long one run lasts
 */
export async function runPairs(each: Case, pairs: number, seconds: number): Promise<Result> {
  const upstream = await each.upstream();
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  try {
    for (let i = 0; i < pairs; i++) {
      ours.push(await runOnce(each.ours, each.script, seconds));
      theirs.push(await runOnce(each.peer, each.script, seconds));
    }
  } finally {
    await upstream.stop();
  }
  const ratios = ours.map((sample, i) => sample.perCpuSecond / theirs[i]!.perCpuSecond);
  return {
    name: each.name,
    peer: each.peer.name,
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    ours: median(ours.map((sample) => sample.perCpuSecond)),
    theirs: median(theirs.map((sample) => sample.perCpuSecond)),
    errors: ours.reduce((sum, sample) => sum + sample.errors, 0),
  };
}

async function runOnce(contender: Contender, script: string | undefined, seconds: number): Promise<Sample> {
  const { program, url } = await contender.start();
  const load = { url, script, connections: 64 };
  try {
    await measure(LOAD_CPU, { ...load, seconds: WARM_UP_SECONDS }, program);
    return await measure(LOAD_CPU, { ...load, seconds }, program);
  } finally {
    await program.stop();
  }
}
