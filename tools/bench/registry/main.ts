import { parseArgs } from 'node:util';
import { systemClock } from '@gateway/clock';
import { Fleet } from './instances';
import { Watchers } from './watchers';
import { startWorld } from './world';

/** How soon everyone knows: `node tools/run.mjs tools/bench/registry/main.ts [--instances 1000] [--watchers 200] …` */
const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '1000' },
    watchers: { type: 'string', default: '200' },
    changes: { type: 'string', default: '200' },
    case: { type: 'string', default: '' },
  },
});
const [instances, watching, changes] = [values.instances, values.watchers, values.changes].map(Number) as number[];

const CALLERS = 20;
const BETWEEN_MS = 25;
/** After two hundred handshakes and snapshots at once, which is another measurement. */
const SETTLE_MS = 3_000;
const TARGET_MS = 1_000;

interface Case {
  readonly name: string;
  readonly daemons: number;
  /** Whether each renewal brings a load that differs. */
  readonly changing: boolean;
}

const CASES: readonly Case[] = [
  { name: 'one daemon', daemons: 1, changing: false },
  { name: 'one daemon, every renewal with another load', daemons: 1, changing: true },
  { name: 'two daemons: registered at one, watched at the other', daemons: 2, changing: false },
];

/** The value below which that share of the others lie. @param sorted ascending */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

/** Ended from outside, what was started ends too. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

async function run({ name, daemons, changing }: Case): Promise<boolean> {
  const world = await startWorld(daemons);
  try {
    const fleet = new Fleet(Array.from({ length: CALLERS }, () => world.client(0)));
    const watchers = new Watchers(Array.from({ length: watching! }, () => world.channel(daemons - 1)));
    const registeredMs = await fleet.register(instances!);
    fleet.start(changing);
    const snapshotMs = await watchers.open();
    await systemClock.sleep(SETTLE_MS);
    const times: number[] = [];
    const [messages, began] = [watchers.messages, performance.now()];
    for (let at = 0; at < changes!; at++) {
      const index = (at * 7) % instances!;
      times.push(await watchers.seenAfter(`instance-${index}`, at + 2, () => fleet.put(index, at + 2)));
      await systemClock.sleep(BETWEEN_MS);
    }
    const seconds = (performance.now() - began) / 1_000;
    fleet.stop();
    watchers.close();
    times.sort((one, other) => one - other);
    const [p50, p99, max] = [quantile(times, 0.5), quantile(times, 0.99), times.at(-1)!].map(Math.round) as number[];
    const rate = Math.round((watchers.messages - messages) / seconds);
    const troubles = `${watchers.lost} watches lost, ${fleet.failed} renewals failed`;
    console.log(
      `| ${name} | ${p50} | ${p99} | ${max} | ${rate} | ${Math.round(registeredMs)} | ${Math.round(snapshotMs)} | ${troubles} |`,
    );
    return max! < TARGET_MS && fleet.failed === 0;
  } finally {
    await world.stop();
  }
}

console.log(`${instances} instances renewing, ${watching} watchers, ${changes} changes, times in ms\n`);
console.log('| case | p50 | p99 | max | messages/s | all registered | all snapshots | troubles |');
console.log('| --- | --: | --: | --: | --: | --: | --: | --- |');
let good = true;
for (const each of CASES.filter(({ name }) => name.includes(values.case))) good = (await run(each)) && good;
if (!good) console.log(`\nnot every change was seen by everyone within ${TARGET_MS} ms`);
process.exitCode = good ? 0 : 1;
