import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFaultyLink, type FaultyLink } from '@gateway/testing';

/** An HTTP server behind a link that can be broken. */
export interface FaultyUpstream {
  readonly name: string;
  readonly link: FaultyLink;
  /** The `x-call` of every request that it carried out, in order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** A body that takes several pieces: what is cut in it is cut in the middle. */
export const BODY = 'whole '.repeat(50);

/** Starts one, on free ports. */
export async function startFaultyUpstream(name: string): Promise<FaultyUpstream> {
  const calls: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      calls.push(String(incoming.headers['x-call'] ?? ''));
      outgoing.setHeader('x-served-by', name);
      outgoing.end(BODY);
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const link = await startFaultyLink((server.address() as AddressInfo).port);
  return {
    name,
    link,
    calls,
    async close() {
      await link.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
