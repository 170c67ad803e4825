const EVENTS = 'text/event-stream';

/**
 * Whether an Accept field (RFC 9110 §12.5.1) asks for server-sent events: by name, and not less than for lines of JSON. A
 * wildcard doesn't ask.
 */
export function wantsEvents(accept: string | undefined): boolean {
  if (accept === undefined || !accept.toLowerCase().includes(EVENTS)) return false;
  const events = weightOf(accept, EVENTS);
  return events > 0 && events >= weightOf(accept, 'application/x-ndjson');
}

/** The weight of a media type that is named; 0: it isn't, or isn't accepted. */
function weightOf(accept: string, type: string): number {
  let weight = 0;
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const given = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = given === undefined ? 1 : Number(given.slice(2));
    if (quality <= 1) weight = Math.max(weight, quality);
  }
  return weight;
}
