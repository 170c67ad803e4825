import { BlockList, isIP, isIPv4 } from 'node:net';

/** Networks whose addresses may speak for others. */
export class TrustedProxies {
  private readonly networks = new BlockList();
  private readonly empty: boolean;

  /**
   * @param networks addresses or CIDR blocks, IPv4 or IPv6: `10.0.0.0/8`, `::1`
   * @throws RangeError naming the entry that is neither
   */
  constructor(networks: readonly string[]) {
    this.empty = networks.length === 0;
    for (const network of networks) this.add(network);
  }

  /** Whether the address (without a port) belongs to one of the networks. */
  has(address: string): boolean {
    if (this.empty || isIP(address) === 0) return false;
    return this.networks.check(address, familyOf(address));
  }

  private add(network: string): void {
    const [address, prefix, ...rest] = network.split('/');
    const bits = isIPv4(address!) ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : bits + 1;
    if (isIP(address!) === 0 || rest.length > 0 || length > bits) {
      throw new RangeError(`"${network}" is neither an IP address nor a CIDR block`);
    }
    this.networks.addSubnet(address!, length, familyOf(address!));
  }
}

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

/**
 * The address of the client: the peer's own, or, when the peer is a trusted proxy, the rightmost address of
 * `X-Forwarded-For` that isn't one. What stands left of it was written by somebody we don't trust.
 * @param peer the connection's remote address
 * @param forwardedFor the values of the field in their order, split at commas
 */
export function clientAddress(peer: string, forwardedFor: readonly string[], trusted: TrustedProxies): string {
  let address = normalizeAddress(peer);
  for (let i = forwardedFor.length - 1; i >= 0 && trusted.has(address); i--) {
    const next = parseForwardedFor(forwardedFor[i]!);
    // `unknown`, an obfuscated name or rubbish: the last one we know is the best answer.
    if (next === null) return address;
    address = next;
  }
  return address;
}

/** One element of `X-Forwarded-For`, which some proxies write with a port: `1.2.3.4:80`, `[::1]:80`. Null: no address. */
export function parseForwardedFor(element: string): string | null {
  const text = element.trim();
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) return isIP(bracketed[1]!) === 6 ? normalizeAddress(bracketed[1]!) : null;
  if (isIP(text) !== 0) return normalizeAddress(text);
  const colon = text.indexOf(':');
  const host = text.slice(0, colon);
  return colon !== -1 && isIPv4(host) && /^\d{1,5}$/.test(text.slice(colon + 1)) ? host : null;
}

/** One spelling per address: IPv4 in IPv6 becomes IPv4 (dual-stack sockets report it so), IPv6 lower case without zone. */
export function normalizeAddress(address: string): string {
  if (!address.includes(':')) return address;
  const lower = address.toLowerCase().replace(/%.*$/, '');
  const mapped = lower.startsWith('::ffff:') ? lower.slice('::ffff:'.length) : '';
  return isIPv4(mapped) ? mapped : lower;
}
