/** Ends one attempt of a request while others go on. */
export class Cancellation {
  private listeners: (() => void)[] = [];
  private cancelled = false;

  /** Calls back when it is cancelled; at once, when it has been. */
  onCancel(listener: () => void): void {
    if (this.cancelled) listener();
    else this.listeners.push(listener);
  }

  /** A second call does nothing. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    const { listeners } = this;
    this.listeners = [];
    for (const listener of listeners) listener();
  }
}
