import type { SharedEntry } from './shared-tier';

/** Changes when the form does: entries of another form are misses. */
const FORM = 1;
const LENGTH_BYTES = 4;
const REVISION = /^\d{1,20}-\d{1,20}$/;
/** RFC 9110 §5.1 (names, lower case here) and §5.5 (values). */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const NOT_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** An entry as bytes: the length of a JSON head (32 bits, big-endian), the head, the body. */
export function encodeEntry({ response, revision, ttlMs }: SharedEntry): Buffer {
  const head = Buffer.from(
    JSON.stringify({ form: FORM, status: response.status, headers: response.headers, revision, ttlMs }),
  );
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, response.body]);
}

/** Reads an entry; null when the bytes aren't one that could be sent to a client. */
export function decodeEntry(bytes: Buffer): SharedEntry | null {
  if (bytes.length < LENGTH_BYTES) return null;
  const headEnd = LENGTH_BYTES + bytes.readUInt32BE();
  if (headEnd > bytes.length) return null;
  const head = parse(bytes.toString('utf8', LENGTH_BYTES, headEnd));
  if (head === null || head['form'] !== FORM) return null;
  const { status, headers, revision, ttlMs } = head;
  if (!isStatus(status) || !isHeaderList(headers) || !isRevision(revision) || !isDuration(ttlMs)) return null;
  return { response: { status, headers, body: bytes.subarray(headEnd) }, revision, ttlMs };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

const isStatus = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599;
const isDuration = (value: unknown): value is number => typeof value === 'number' && value > 0;
const isRevision = (value: unknown): value is string | null =>
  value === null || (typeof value === 'string' && REVISION.test(value));
const isHeaderList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length % 2 === 0 &&
  value.every(
    (text, i) => typeof text === 'string' && (i % 2 === 0 ? FIELD_NAME.test(text) : !NOT_IN_VALUE.test(text)),
  );
