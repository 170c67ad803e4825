import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import type { StatusObject } from '@grpc/grpc-js';
import type { ChannelCall } from './channel-call';

/** Carries a status past grpc-js. Never on the wire. */
const SET_ASIDE = 'gateway-status-set-aside';

/** The HTTP/2 stream of a call, of which one event is needed. */
interface TrailersSource {
  prependListener(event: 'trailers', listener: (headers: IncomingHttpHeaders) => void): unknown;
}

/**
 * Where grpc-js 1.14 keeps the stream: resolving call, retrying call, its attempts, load-balancing call, subchannel call.
 * Anything may be elsewhere in another version.
 */
interface CallInside {
  readonly child?: { readonly underlyingCalls?: unknown } | null;
}

interface AttemptInside {
  readonly call?: { readonly child?: { readonly http2Stream?: unknown } | null } | null;
}

/**
 * Has a call report its status behind its messages, whatever the status is. grpc-js does so for OK alone: with any other
 * it drops the messages that came before and weren't read yet, below everything that its public interfaces
 * (interceptors, listeners, filters) get to see. So it is shown OK, and `lateStatus` puts the service's own word back.
 * To be called when the call's headers have come; the messages of one that ended with them are none.
 * @returns false: the stream isn't where it is looked for. The call goes on as grpc-js has it: its status is right, and a
 *   reader that is slow may miss messages in front of a failure.
 */
export function reportStatusLate(call: ChannelCall): boolean {
  const streams = streamsOf(call as unknown as CallInside);
  for (const stream of streams) stream.prependListener('trailers', setAside);
  return streams.length > 0;
}

function streamsOf({ child }: CallInside): TrailersSource[] {
  const attempts: unknown = child?.underlyingCalls;
  if (!Array.isArray(attempts)) return [];
  return attempts
    .map((attempt: AttemptInside | null) => attempt?.call?.child?.http2Stream)
    .filter((stream): stream is TrailersSource => stream instanceof EventEmitter);
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
