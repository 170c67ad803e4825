/** A signed 32-bit integer without needless zeros. */
const INTEGER = /^-?(?:0|[1-9][0-9]{0,9})$/;

/**
 * What a gRPC service says about a retry in `grpc-retry-pushback-ms` (gRFC A6, "Pushback").
 * @returns milliseconds to wait; null: don't retry, which is also what a value that can't be read means
 */
export function parsePushback(value: string): number | null {
  if (!INTEGER.test(value)) return null;
  const ms = Number(value);
  return ms >= 0 && ms <= 0x7fff_ffff ? ms : null;
}
