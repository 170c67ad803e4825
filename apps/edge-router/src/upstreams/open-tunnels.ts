import type { Endpoint } from './endpoint';

/** Counts this edge's open tunnels by endpoint: what an instance reports of itself is seconds old. */
export class OpenTunnels {
  private readonly counts = new Map<string, number>();

  /** Counts one. @returns what ends it; calling it again does nothing */
  opened(service: string, endpoint: Endpoint): () => void {
    const key = keyOf(service, endpoint);
    this.counts.set(key, this.count(service, endpoint) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      const left = (this.counts.get(key) ?? 1) - 1;
      if (left === 0) this.counts.delete(key);
      else this.counts.set(key, left);
    };
  }

  count(service: string, endpoint: Endpoint): number {
    return this.counts.get(keyOf(service, endpoint)) ?? 0;
  }

  /** All of them. */
  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

const keyOf = (service: string, { id }: Endpoint): string => `${service} ${id}`;
