// node tools/run.mjs tools/bench/balancing.ts: simulates balancers in front of one slow instance, and prints the table of
// libs/balancing/README.md. The same on every machine: nothing is timed.
import type { Algorithm } from '@gateway/balancing';
import { SCENARIOS } from './balancing-scenarios';
import { seeded, simulate } from './balancing-simulation';

const ALGORITHMS: readonly Algorithm[] = ['round-robin', 'least-request', 'peak-ewma'];
const SEED = 20_261_124;

console.log('| instances | algorithm | p50 | p99 | p99.9 | calls to the slow one |');
console.log('| --- | --- | --: | --: | --: | --: |');
for (const scenario of SCENARIOS)
  for (const algorithm of ALGORITHMS) {
    const { p50, p99, p999, slowShare } = simulate(scenario, algorithm, seeded(SEED));
    const cells = [p50, p99, p999].map((ms) => `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`);
    console.log(`| ${scenario.name} | ${algorithm} | ${cells.join(' | ')} | ${(slowShare * 100).toFixed(1)} % |`);
  }
