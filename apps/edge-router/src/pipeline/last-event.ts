import { getHeader, type HeaderList, setHeader } from '@gateway/pipeline';
import { wantsEvents } from '../streaming/wants-events';
import type { RequestContext } from './context';

/** The header of a client that comes back (WHATWG HTML, "Server-sent events"), and the metadata of the same meaning. */
export const LAST_EVENT_ID = 'last-event-id';

/** The numbers that events have. No stream lasts for longer. */
const NUMBER = /^\d{1,15}$/;

/**
 * The number of the last event that a client has read of the stream that it asks for again; null: it asks for the first
 * time, or for no events, or names one that isn't ours.
 */
export function lastEventOf({ headers }: RequestContext): number | null {
  const last = numberIn(headers);
  return last !== null && wantsEvents(getHeader(headers, 'accept')) ? last : null;
}

/** Tells the service which event was the last. */
export function tellLastEvent(metadata: HeaderList, context: RequestContext): HeaderList {
  const last = lastEventOf(context);
  if (last !== null) setHeader(metadata, LAST_EVENT_ID, String(last));
  return metadata;
}

/**
 * The number behind which a stream's events are counted: the service's word, else the last that the client has read.
 * @param metadata what the service sent before its messages
 */
export const countedFrom = (metadata: HeaderList, context: RequestContext): number =>
  numberIn(metadata) ?? lastEventOf(context) ?? 0;

function numberIn(fields: HeaderList): number | null {
  const given = getHeader(fields, LAST_EVENT_ID);
  return given !== undefined && NUMBER.test(given) ? Number(given) : null;
}
