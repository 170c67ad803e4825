import { create, type DescService } from '@bufbuild/protobuf';
import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { ReflectedFiles, reflectionV1 } from '@gateway/contracts';
import { packageDefinitionOf } from './definition';

type Request = reflectionV1.ServerReflectionRequest;

const { ServerReflection, ServerReflectionResponseSchema } = reflectionV1;

/** The older name of the same service; clients that ask for the newer one first fall back to it. */
const ALPHA = 'grpc.reflection.v1alpha.ServerReflection';

/**
 * Adds grpc.reflection to a server, under both of its names. From generated descriptors, not from what a .proto loader
 * keeps: that lacks the files which are imported for options alone, and so the routes and policies.
 */
export function serveReflection(server: Server, services: readonly DescService[]): void {
  const known = new ReflectedFiles([...services, ServerReflection]);
  const definition = packageDefinitionOf([ServerReflection])[ServerReflection.typeName]!;
  const method = definition['ServerReflectionInfo']!;
  const handlers = { ServerReflectionInfo: (call: ServerDuplexStream<Request, object>) => answerAll(call, known) };
  server.addService(definition, handlers);
  server.addService({ ServerReflectionInfo: { ...method, path: `/${ALPHA}/ServerReflectionInfo` } }, handlers);
}

/** At the client's pace: nothing more is read while an answer waits to be taken. */
function answerAll(call: ServerDuplexStream<Request, object>, known: ReflectedFiles): void {
  call.on('data', (request: Request) => {
    const messageResponse = known.answer(request.messageRequest);
    const response = create(ServerReflectionResponseSchema, { originalRequest: request, messageResponse });
    if (call.write(response)) return;
    call.pause();
    call.once('drain', () => call.resume());
  });
  call.on('end', () => call.end());
}
