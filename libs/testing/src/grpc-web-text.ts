const TEXT = 'application/grpc-web-text+proto';

/**
 * A `fetch` for gRPC-Web clients that makes their calls in the protocol's text form, base64 both ways, which they don't
 * speak by themselves. It hands on an answer when it is whole.
 */
export const grpcWebText =
  (inner: typeof fetch = fetch): typeof fetch =>
  async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('content-type', TEXT);
    const body = Buffer.from(init!.body as Uint8Array).toString('base64');
    const response = await inner(input, { ...init, headers, body });
    const fields = new Headers(response.headers);
    if (fields.get('content-type') !== TEXT) throw new TypeError(`${fields.get('content-type')} isn't ${TEXT}`);
    fields.set('content-type', 'application/grpc-web+proto');
    fields.delete('content-length');
    return new Response(bytesOf(await response.text()), { status: response.status, headers: fields });
  };

/** The bytes of base64 whose parts may each be padded. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const parts = text.match(/[^=]+=*/g) ?? [];
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))));
}
