import type { Revision } from './event-bus';

/** Negative when `a` comes before `b`, positive when after, 0 when they are the same. */
export function compareRevisions(a: Revision, b: Revision): number {
  const [aTime, aSequence] = split(a);
  const [bTime, bSequence] = split(b);
  return aTime - bTime || aSequence - bSequence;
}

function split(revision: Revision): [time: number, sequence: number] {
  const dash = revision.indexOf('-');
  return [Number(revision.slice(0, dash)), Number(revision.slice(dash + 1))];
}
