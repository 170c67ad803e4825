// node tools/run.mjs tools/bench/pools/main.ts [--seed 1] [--hours 8] [--base 300] [--trace file.csv]: predictive against
// reactive against static pool sizing, in a simulation that gives the same result each time.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare, table } from './compare';
import { fromCsv, generated } from './traces';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    hours: { type: 'string', default: '8' },
    base: { type: 'string', default: '300' },
    trace: { type: 'string' },
  },
});

const seed = Number(values.seed);
const traces =
  values.trace === undefined
    ? generated({ seed, hours: Number(values.hours), base: Number(values.base) })
    : [fromCsv(values.trace, readFileSync(values.trace, 'utf8'))];
for (const streams of [1, 100]) {
  console.log(
    `\n${streams === 1 ? 'HTTP/1.1: one call to a connection' : `HTTP/2: ${streams} calls to a connection`}\n`,
  );
  console.log(table(traces.flatMap((trace) => compare(trace, { seed, streams }))));
}
