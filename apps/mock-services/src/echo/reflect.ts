import type { IncomingMessage } from 'node:http';

/** Bodies up to this size are shown in the reflection; larger ones are streamed back as they are. */
export const MAX_REFLECTED_BYTES = 64 * 1024;

/** What the echo saw of a request. */
export interface Reflection {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; repeated fields are joined as Node does. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** Present when the body isn't UTF-8 and `body` is base64. */
  readonly bodyEncoding?: 'base64';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(body: Buffer): Pick<Reflection, 'body' | 'bodyEncoding'> {
  try {
    return { body: utf8.decode(body) };
  } catch {
    return { body: body.toString('base64'), bodyEncoding: 'base64' };
  }
}

export function reflectionOf({ method = '', headers, url = '/' }: IncomingMessage, body: Buffer): Reflection {
  // Not `new URL`, which refuses some targets and tidies others: the echo shows what came.
  const [path = '/', query] = url.split('?', 2);
  return {
    method,
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: headers as Reflection['headers'],
    ...textOf(body),
  };
}
