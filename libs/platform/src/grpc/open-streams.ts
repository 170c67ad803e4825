/** The streaming calls that are open: the ones that would never end by themselves when the service shuts down. */
export class OpenStreams {
  readonly #ends = new Map<object, () => void>();

  add(call: object, end: () => void): void {
    this.#ends.set(call, end);
  }

  remove(call: object): void {
    this.#ends.delete(call);
  }

  /** Ends all of them: their callers turn to another instance. */
  endAll(): void {
    for (const end of [...this.#ends.values()]) end();
  }
}
