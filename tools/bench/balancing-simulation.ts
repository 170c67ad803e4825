import { Balancer, Candidate, DEFAULT_POLICY, KEYLESS, type Algorithm } from '@gateway/balancing';

/** What is simulated: calls that arrive whether or not earlier ones are done, and instances that work on some at a time. */
export interface Scenario {
  readonly name: string;
  /** Mean time that an instance works on a call, in milliseconds, one for each instance; exponentially distributed. */
  readonly serviceMs: readonly number[];
  /** Calls that an instance works on at a time; others wait in its queue. */
  readonly workers: number;
  /** Calls in a second, from all clients together (Poisson). */
  readonly rate: number;
  readonly calls: number;
}

/** What came out, in milliseconds from a call's arrival to its answer. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** The part of all calls that the slowest instance got, 0 to 1. */
  readonly slowShare: number;
}

/** An instance with its queue. */
class SimulatedInstance {
  readonly candidate: Candidate;
  /** When each worker is free. */
  private readonly freeAt: Float64Array;
  calls = 0;

  constructor(
    id: string,
    readonly serviceMs: number,
    workers: number,
  ) {
    this.candidate = new Candidate({ id, weight: 1, zone: '', version: '' }, 0);
    this.freeAt = new Float64Array(workers);
  }

  /** @returns when the call that arrives now is answered */
  accept(now: number, workMs: number): number {
    this.calls++;
    let first = 0;
    for (let worker = 1; worker < this.freeAt.length; worker++)
      if (this.freeAt[worker]! < this.freeAt[first]!) first = worker;
    return (this.freeAt[first] = Math.max(now, this.freeAt[first]!) + workMs);
  }
}

interface Answer {
  readonly at: number;
  readonly arrived: number;
  readonly instance: SimulatedInstance;
}

/**
 * Plays a scenario with one gateway that balances by that algorithm. Nothing is timed: the same seed gives the same result
 * on every machine.
 */
export function simulate(scenario: Scenario, algorithm: Algorithm, random: () => number): Latencies {
  let now = 0;
  const instances = scenario.serviceMs.map((ms, index) => new SimulatedInstance(`i${index}`, ms, scenario.workers));
  const byCandidate = new Map(instances.map((instance) => [instance.candidate, instance]));
  const balancer = new Balancer<Candidate>({ ...DEFAULT_POLICY, algorithm }, { random, now: () => now, zone: '' });
  balancer.replace(instances.map(({ candidate }) => candidate));
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean;
  const pending: Answer[] = [];
  const latencies = new Float64Array(scenario.calls);
  for (let call = 0; call < scenario.calls; call++) {
    now += exponential(1_000 / scenario.rate);
    settle(pending, now);
    const instance = byCandidate.get(balancer.pick(KEYLESS, { skips: () => false })!)!;
    instance.candidate.inFlight++;
    const at = instance.accept(now, exponential(instance.serviceMs));
    push(pending, { at, arrived: now, instance });
    latencies[call] = at - now;
  }
  return { ...percentiles(latencies), slowShare: slowest(instances).calls / scenario.calls };
}

/** Tells the gateway of the answers that have arrived by now, in their order. */
function settle(pending: Answer[], now: number): void {
  while (pending.length > 0 && pending[0]!.at <= now) {
    const { at, arrived, instance } = pop(pending);
    instance.candidate.inFlight--;
    instance.candidate.latency.observe(at - arrived, at);
  }
}

/** Puts an answer into the heap whose first is the earliest. */
function push(heap: Answer[], answer: Answer): void {
  let index = heap.push(answer) - 1;
  for (let parent = (index - 1) >> 1; index > 0 && heap[parent]!.at > answer.at; parent = (index - 1) >> 1) {
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = answer;
}

function pop(heap: Answer[]): Answer {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let index = 0;
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
    if (heap[child]!.at >= last.at) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return first;
}

function percentiles(latencies: Float64Array): Omit<Latencies, 'slowShare'> {
  const sorted = latencies.toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

const slowest = (instances: readonly SimulatedInstance[]): SimulatedInstance =>
  instances.reduce((worst, each) => (each.serviceMs > worst.serviceMs ? each : worst));

/** Repeatable randomness (Park and Miller's minimal standard). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
