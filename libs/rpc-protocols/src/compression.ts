import { gunzip } from 'node:zlib';
import { GatewayError } from '@gateway/errors';

/** The message encodings that are understood, as `grpc-accept-encoding` and its like name them. */
export const ACCEPTED_ENCODINGS = 'identity,gzip';

/**
 * A message without its compression.
 * @param encoding `gzip`, `identity`, or undefined for identity
 * @param limit bytes of what it becomes: a bomb costs no more than that
 * @throws GatewayError GW_NOT_IMPLEMENTED for another encoding, GW_BODY_TOO_LARGE, GW_BAD_BODY
 */
export function decompress(encoding: string | undefined, data: Buffer, limit: number): Buffer | Promise<Buffer> {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return data;
  if (encoding !== 'gzip')
    throw new GatewayError('GW_NOT_IMPLEMENTED', {
      detail: 'The message encoding is not understood',
      headers: ['grpc-accept-encoding', ACCEPTED_ENCODINGS],
    });
  return new Promise((resolve, reject) => {
    gunzip(data, { maxOutputLength: limit }, (error, bytes) =>
      error === null ? resolve(bytes) : reject(wrong(error, limit)),
    );
  });
}

function wrong(error: NodeJS.ErrnoException, limit: number): GatewayError {
  return error.code === 'ERR_BUFFER_TOO_LARGE'
    ? new GatewayError('GW_BODY_TOO_LARGE', { detail: `A message is larger than ${limit} bytes` })
    : new GatewayError('GW_BAD_BODY', { detail: 'A message is not gzip', cause: error });
}
