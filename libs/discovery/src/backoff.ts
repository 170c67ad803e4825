/** Growing pauses between attempts, with jitter so that many clients don't come back at once. */
export class Backoff {
  #attempts = 0;

  /**
   * @param firstMs the first pause
   * @param maxMs the longest pause
   * @param random from 0 (included) to 1 (excluded)
   */
  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  /** The next pause in milliseconds: doubled each time, between half of it and the whole. */
  next(): number {
    const ceiling = Math.min(this.maxMs, this.firstMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return ceiling * (0.5 + this.random() / 2);
  }

  /** It worked: begin anew. */
  reset(): void {
    this.#attempts = 0;
  }
}
