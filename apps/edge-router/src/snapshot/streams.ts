import type { DescMethod } from '@bufbuild/protobuf';
import type { RoutePolicy } from '@gateway/contracts';
import type { Template } from '@gateway/route-table';
import { FieldPathError } from '@gateway/transcoding';
import type { GrpcStreaming } from '../pipeline/route';

/** Which sides of a method stream; undefined: it is unary. */
export function streamingOf({ methodKind }: DescMethod): GrpcStreaming | undefined {
  if (methodKind === 'unary') return undefined;
  return { client: methodKind !== 'server_streaming', server: methodKind !== 'client_streaming' };
}

/**
 * Refuses a policy that decides by the message before the call: a client that streams says nothing before.
 * @throws FieldPathError
 */
export function checkClientStream({ variables }: Template, { auth, rateLimits }: RoutePolicy): void {
  const inPath = new Set(variables.map(({ path }) => path.join('.')));
  const resource = [...(auth?.resource ?? '').matchAll(/\{([^{}]*)\}/g)].map((found) => found[1]!);
  const limits = rateLimits.flatMap(({ by }) => by.filter((part) => part.startsWith('field:')));
  const needed = [...resource, ...limits.map((part) => part.slice('field:'.length))];
  const missing = needed.find((name) => !inPath.has(name));
  if (missing !== undefined)
    throw new FieldPathError(
      `policy: "${missing}" is known too late: the client streams, and the path doesn't have it`,
    );
}
