/** The last so many numbers, oldest first. Its memory is taken once and never grows. */
export class Ring {
  private readonly values: Float64Array;
  private next = 0;
  private filled = 0;

  /** @param capacity how many are kept, at least 1 */
  constructor(readonly capacity: number) {
    this.values = new Float64Array(capacity);
  }

  get length(): number {
    return this.filled;
  }

  push(value: number): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
    if (this.filled < this.capacity) this.filled++;
  }

  /** @param back 0 is the newest; less than `length` */
  latest(back = 0): number {
    return this.values[(this.next - 1 - back + 2 * this.capacity) % this.capacity]!;
  }

  /** A copy, oldest first. */
  toArray(): Float64Array {
    const copy = new Float64Array(this.filled);
    for (let i = 0; i < this.filled; i++) copy[i] = this.latest(this.filled - 1 - i);
    return copy;
  }
}
