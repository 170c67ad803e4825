const BACK = '\r\x1b[2K';
const TICK_MS = 500;
/** Without a terminal there is no line to rewrite: what takes long is said again this often. */
const REMINDER_MS = 10_000;

/** Shows what happens: on a terminal the last line changes, elsewhere each line stands once. */
export class Progress {
  readonly #terminal = process.stdout.isTTY === true;
  #said = 0;

  /** Shows a step while it runs, and how long it took. Its result may be a remark for the line. */
  async step<T>(title: string, run: () => T | Promise<T>, remark: (result: T) => string = () => ''): Promise<T> {
    const began = performance.now();
    this.pending(title, began);
    const ticking = setInterval(() => this.pending(title, began), TICK_MS);
    try {
      const result = await run();
      this.done(title, began, remark(result));
      return result;
    } catch (error) {
      this.#write(this.#terminal ? BACK : '');
      throw error;
    } finally {
      clearInterval(ticking);
    }
  }

  /** Says what is being waited for. */
  pending(what: string, began: number): void {
    const seconds = (performance.now() - began) / 1000;
    if (this.#terminal) this.#write(`${BACK}… ${what}${seconds > 1 ? ` (${seconds.toFixed(0)} s)` : ''}`);
    else if (performance.now() - Math.max(this.#said, began) > REMINDER_MS)
      this.#line(`… ${what} (${seconds.toFixed(0)} s)`);
  }

  /** Says that something is done. */
  done(what: string, began: number, remark = ''): void {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    this.#line(`✓ ${what}${remark && `: ${remark}`} (${seconds} s)`);
  }

  /** Says that something failed, and what it said. */
  failed(what: string, began: number, details: string): void {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    this.#line(`✗ ${what} (${seconds} s): ${details}`);
  }

  #line(text: string): void {
    this.#said = performance.now();
    this.#write(`${this.#terminal ? BACK : ''}${text}\n`);
  }

  #write(text: string): void {
    process.stdout.write(text);
  }
}
