import { hashText } from './hash';

/** Slots of the table, a prime. A hundred for each of 655 instances: shares are then within a hundredth of the weights. */
const SLOTS = 65_537;
const FREE = 0xffff;
const [OFFSET_SEED, SKIP_SEED] = [0x5eed, 0xcafe];

/** What a table is filled by. */
interface Weighted {
  readonly id: string;
  readonly weight: number;
}

/**
 * Maglev's look-up table (D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016,
 * §3.4): each member has its own order of preference over the slots, and in turns, by weight, takes the next free one of
 * it. Look-ups are one access; shares are even to within a slot; when a member comes or goes, its share of the keys moves
 * and little else. Preferred to a ring of points, whose shares differ by a tenth for a hundred points a member, and to
 * rendezvous hashing, which asks all members each time.
 */
export class MaglevTable {
  private readonly owners = new Uint16Array(SLOTS).fill(FREE);

  /** @param members 1 to 65535, in an order that all processes agree on */
  constructor(members: readonly Weighted[]) {
    if (members.length === 0 || members.length >= FREE) throw new RangeError('a table has 1 to 65535 members');
    this.fill(members);
  }

  /** The index of the member that has that hash. */
  lookup(hash: number): number {
    return this.owners[hash % SLOTS]!;
  }

  private fill(members: readonly Weighted[]): void {
    const next = Uint32Array.from(members, ({ id }) => hashText(id, OFFSET_SEED) % SLOTS);
    const step = Uint32Array.from(members, ({ id }) => (hashText(id, SKIP_SEED) % (SLOTS - 1)) + 1);
    const heaviest = members.reduce((most, { weight }) => Math.max(most, weight), 0);
    const credit = new Float64Array(members.length);
    for (let filled = 0, member = 0; filled < SLOTS; member = (member + 1) % members.length) {
      // The heaviest takes a slot in every round, one of half its weight in every other.
      credit[member] = credit[member]! + members[member]!.weight / heaviest;
      if (credit[member]! < 1) continue;
      credit[member] = credit[member]! - 1;
      this.take(member, next, step);
      filled++;
    }
  }

  private take(member: number, next: Uint32Array, step: Uint32Array): void {
    let slot = next[member]!;
    while (this.owners[slot] !== FREE) slot = (slot + step[member]!) % SLOTS;
    this.owners[slot] = member;
    next[member] = (slot + step[member]!) % SLOTS;
  }
}
