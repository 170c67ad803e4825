/** What may stand in `grpc-message` as it is (gRPC over HTTP/2): printable ASCII without `%`. */
const UNSAFE = /[^\x20-\x24\x26-\x7e]+/gu;

/** A message as `grpc-message` carries it: UTF-8, percent-encoded. */
export const encodeStatusMessage = (message: string): string =>
  message.replace(UNSAFE, (text) =>
    [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
