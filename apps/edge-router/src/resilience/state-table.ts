/** State by key, made when it is first asked for. Bounded: when there is too much of it, what is idle is forgotten. */
export class StateTable<State> {
  private readonly states = new Map<string, State>();

  /**
   * @param max states that are kept; more only while none is idle
   * @param isIdle whether nothing is under way: forgetting the state changes nothing that counts
   */
  constructor(
    private readonly max: number,
    private readonly isIdle: (state: State) => boolean,
  ) {}

  of(key: string, make: () => State): State {
    const known = this.states.get(key);
    if (known !== undefined) return known;
    if (this.states.size >= this.max) this.sweep();
    const state = make();
    this.states.set(key, state);
    return state;
  }

  find(key: string): State | undefined {
    return this.states.get(key);
  }

  forget(key: string): void {
    this.states.delete(key);
  }

  entries(): [string, State][] {
    return [...this.states];
  }

  values(): State[] {
    return [...this.states.values()];
  }

  private sweep(): void {
    for (const [key, state] of this.states) if (this.isIdle(state)) this.states.delete(key);
  }
}
