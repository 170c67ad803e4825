/** Values by host pattern: exact (`api.example.com`), below a domain (`*.example.com`) or any (''). */
export class HostIndex<V> {
  private readonly exact = new Map<string, V>();
  private readonly below = new Map<string, V>();
  private any: V | null = null;

  constructor(private readonly make: () => V) {}

  /** The value of a pattern, made when it is new. */
  at(pattern: string): V {
    if (pattern === '') return (this.any ??= this.make());
    const [map, key] = pattern.startsWith('*.') ? [this.below, pattern.slice(1)] : [this.exact, pattern];
    let value = map.get(key);
    if (value === undefined) map.set(key, (value = this.make()));
    return value;
  }

  /** The values of the patterns that a host fits, the most specific first. */
  *matching(host: string): Iterable<V> {
    const exact = this.exact.get(host);
    if (exact !== undefined) yield exact;
    if (this.below.size > 0) {
      for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
        const value = this.below.get(host.slice(dot));
        if (value !== undefined) yield value;
      }
    }
    if (this.any !== null) yield this.any;
  }
}
