import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseAddress } from '@gateway/config';
import type { registryV1 } from '@gateway/contracts';

/** Where an instance is dialled: every address that its host has. */
export interface DialledInstance {
  readonly owner: string;
  /** At least one. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
}

/** Turns a host's name into IP addresses. */
export type LookUp = (host: string) => Promise<readonly string[]>;

export const systemLookUp: LookUp = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * The instances that can be dialled. grpc-js could dial names, but then nobody could tell from a connection which
 * instance it leads to. One whose name isn't known is left out.
 */
export async function dialled(instances: readonly registryV1.Instance[], lookUp: LookUp): Promise<DialledInstance[]> {
  const all = await Promise.all(
    instances.map(async ({ address, owner }) => {
      const { host, port } = parseAddress(address) ?? { host: '', port: 0 };
      const ips = isIP(host) === 0 ? await lookUp(host).catch(() => []) : [host];
      return { owner, addresses: ips.map((ip) => ({ host: ip, port })) };
    }),
  );
  return all.filter(({ addresses }) => addresses.length > 0);
}

/** A connection's address, as a key. */
export const addressKey = (host: string | undefined, port: number | undefined): string => `${host} ${port}`;
