import type { IncomingHttpHeaders } from 'node:http2';
import type { StatusObject } from '@grpc/grpc-js';
import type { ChannelCall } from './channel-call';

/** Carries a status past grpc-js. Never on the wire. */
const SET_ASIDE = 'gateway-status-set-aside';

/** The HTTP/2 stream of a call, of which one event is needed. */
interface TrailersSource {
  prependListener(event: 'trailers', listener: (headers: IncomingHttpHeaders) => void): unknown;
}

/** Where grpc-js keeps the stream: resolving call, retrying call, its attempts, load-balancing call, subchannel call. */
interface CallInside {
  readonly child?: {
    readonly underlyingCalls?: readonly {
      readonly call?: { readonly child?: { readonly http2Stream?: TrailersSource } };
    }[];
  };
}

/**
 * Has a call report its status behind its messages, whatever the status is. grpc-js does so for OK alone: with any other
 * it drops the messages that came before and weren't read yet. So it is shown OK, and `lateStatus` puts the service's own
 * word back. To be called when the call's headers have come; the messages of one that ended with them are none.
 */
export function reportStatusLate(call: ChannelCall): void {
  for (const attempt of (call as unknown as CallInside).child?.underlyingCalls ?? [])
    attempt.call?.child?.http2Stream?.prependListener('trailers', setAside);
}

function setAside(headers: IncomingHttpHeaders): void {
  const given = headers['grpc-status'];
  if (given === undefined || given === '0') return;
  headers[SET_ASIDE] = given;
  headers['grpc-status'] = '0';
}

/** The status that the service sent. */
export function lateStatus(reported: StatusObject): StatusObject {
  const { code, details, metadata } = reported;
  const [given] = metadata.get(SET_ASIDE);
  if (given === undefined) return { code, details, metadata };
  metadata.remove(SET_ASIDE);
  return { code: Number(given), details, metadata };
}
