import { connect } from 'node:net';
import { parseAddress } from '@gateway/config';
import type { Probe, ProbeTarget } from './checker';

/** Passes when a connection is accepted; it is closed at once. Nothing is kept. */
export const tcpProbe: Probe = {
  check: ({ address }: ProbeTarget, signal: AbortSignal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ ...parseAddress(address)!, signal });
      socket.once('error', reject);
      socket.once('connect', () => {
        // Nobody waits for a last word from it, and a reset is cheaper for both than a wait for the other side's end.
        socket.resetAndDestroy();
        resolve();
      });
    }),
  forget: () => undefined,
  close: () => undefined,
};
