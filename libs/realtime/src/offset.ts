/** Before every message. */
export const ORIGIN = '0-0';

/** Whether offset `a` (a Redis stream id, `<ms>-<sequence>`) comes after `b`. */
export function isAfter(a: string, b: string): boolean {
  const [aTime, aSequence] = split(a);
  const [bTime, bSequence] = split(b);
  return aTime === bTime ? aSequence > bSequence : aTime > bTime;
}

/** When the message at an offset was published, in milliseconds since the epoch, by Redis' clock. */
export const timeOf = (offset: string): number => split(offset)[0];

function split(offset: string): [time: number, sequence: number] {
  const dash = offset.indexOf('-');
  return [Number(offset.slice(0, dash)), Number(offset.slice(dash + 1))];
}
