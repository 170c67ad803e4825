import { connect, connectStream, isConnectQuery } from './connect';
import { grpc } from './grpc';
import { grpcWeb, grpcWebText } from './grpc-web';
import type { MessageCodec, RpcFormat, RpcProtocol } from './protocol';

/** What ends a media type: parameters don't matter here. */
const TYPE = /^application\/(grpc-web-text|grpc-web|grpc|connect)(?:\+(proto|json))?[ \t]*(?:;|$)/i;
const UNARY_TYPE = /^application\/(proto|json)[ \t]*(?:;|$)/i;

const PROTOCOLS: Readonly<Record<string, RpcProtocol>> = {
  grpc,
  'grpc-web': grpcWeb,
  'grpc-web-text': grpcWebText,
  connect: connectStream,
};

/** The media types that the path of an RPC takes, as `accept-post` lists them. */
export const RPC_TYPES = [
  'application/grpc',
  'application/grpc-web',
  'application/grpc-web-text',
  'application/connect+proto',
  'application/connect+json',
  'application/proto',
  'application/json',
].join(', ');

/** The format that a media type names by itself, whatever the path; null: it is no RPC protocol's own. */
export function formatOfType(contentType: string | undefined): RpcFormat | null {
  const found = contentType === undefined ? null : TYPE.exec(contentType);
  if (found === null) return null;
  const protocol = PROTOCOLS[found[1]!.toLowerCase()]!;
  const codec = found[2]?.toLowerCase() as MessageCodec | undefined;
  // Connect has no default.
  if (protocol === connectStream && codec === undefined) return null;
  return { protocol, codec: codec ?? 'proto' };
}

/** The format of a call to the path of an RPC; null: none that is known. */
export function formatOfCall(method: string, contentType: string | undefined, query: string): RpcFormat | null {
  if (method !== 'POST') return formatOfQuery(query);
  const framed = formatOfType(contentType);
  if (framed !== null) return framed;
  const found = contentType === undefined ? null : UNARY_TYPE.exec(contentType);
  return found === null ? null : { protocol: connect, codec: found[1]!.toLowerCase() as MessageCodec };
}

function formatOfQuery(query: string): RpcFormat | null {
  if (!isConnectQuery(query)) return null;
  const codec = new URLSearchParams(query).get('encoding');
  return codec === 'proto' || codec === 'json' ? { protocol: connect, codec } : null;
}
