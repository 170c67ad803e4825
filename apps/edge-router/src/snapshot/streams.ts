import type { DescMethod } from '@bufbuild/protobuf';
import { lateField, type RoutePolicy } from '@gateway/contracts';
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
export function checkClientStream({ variables }: Template, policy: RoutePolicy): void {
  const missing = lateField(
    variables.map(({ path }) => path.join('.')),
    policy,
  );
  if (missing !== undefined)
    throw new FieldPathError(
      `policy: "${missing}" is known too late: the client streams, and the path doesn't have it`,
    );
}
