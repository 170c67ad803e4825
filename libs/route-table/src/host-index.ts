/** Values by host pattern: exact (`api.example.com`), below a domain (`*.example.com`) or any (''). */
export class HostIndex<V> {
  private readonly exact = new Map<string, V>();
  private readonly below = new Map<string, V>();
  private any: V | null = null;
  /** What {@link matching} has answered, by the most specific pattern that fits: as many as there are patterns. */
  private readonly answers = new Map<string, readonly V[]>();

  constructor(private readonly make: () => V) {}

  /** The value of a pattern, made when it is new. */
  at(pattern: string): V {
    this.answers.clear();
    if (pattern === '') return (this.any ??= this.make());
    const [map, key] = pattern.startsWith('*.') ? [this.below, pattern.slice(1)] : [this.exact, pattern];
    let value = map.get(key);
    if (value === undefined) map.set(key, (value = this.make()));
    return value;
  }

  /** The values of the patterns that a host fits, the most specific first. */
  matching(host: string): readonly V[] {
    // Hosts with the same most specific pattern fit the same ones beyond it.
    const key = this.exact.has(host) ? host : this.domainOf(host);
    let answer = this.answers.get(key);
    if (answer === undefined) this.answers.set(key, (answer = [...this.fitting(key)]));
    return answer;
  }

  /** The longest `.domain` that the host is below; '' none. */
  private domainOf(host: string): string {
    if (this.below.size === 0) return '';
    for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const domain = host.slice(dot);
      if (this.below.has(domain)) return domain;
    }
    return '';
  }

  /** @param key a host that is a pattern, a `.domain` that is one, or '' */
  private *fitting(key: string): Iterable<V> {
    const exact = this.exact.get(key);
    if (exact !== undefined) yield exact;
    for (let dot = key.indexOf('.', exact === undefined ? 0 : 1); dot >= 0; dot = key.indexOf('.', dot + 1)) {
      const value = this.below.get(key.slice(dot));
      if (value !== undefined) yield value;
    }
    if (this.any !== null) yield this.any;
  }
}
