import type { Scenario } from './balancing-simulation';

const TEN = (slow: number): readonly number[] => [slow, ...Array.from({ length: 9 }, () => 10)];

/** Ten instances that take 10 ms a call in the mean. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'all alike', serviceMs: TEN(10), workers: 16, rate: 4_000, calls: 200_000 },
  { name: 'one 10× slower, keeps up', serviceMs: TEN(100), workers: 64, rate: 4_000, calls: 200_000 },
  {
    name: 'one 10× slower, overloaded by an even share',
    serviceMs: TEN(100),
    workers: 16,
    rate: 4_000,
    calls: 200_000,
  },
];
