import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ReflectedFiles, reflectionV1 } from '@gateway/contracts';
import type { PageMethod } from '../../snapshot/platform-methods';
import type { LocalCall } from '../../streaming/local-stream';
import type { ExposedServices } from './exposed-services';
import type { OpenCalls } from './open-calls';
import { shownFile } from './shown-file';

const { ServerReflection, ServerReflectionRequestSchema, ServerReflectionResponseSchema } = reflectionV1;

/** A person's tool asks in one call or a few before each of its own. */
const READER_LIMIT = { name: 'grpc-reflection', requests: 120, window: { seconds: 60n }, burstLimit: 20, by: ['ip'] };

/** A question is a name. */
const POLICY = { rateLimits: [READER_LIMIT], maxBodyBytes: 4_096n };

/** The older name of the same service; clients fall back to it, and some know no other. */
const ALPHA = '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo';

/** `grpc.reflection.v1.ServerReflection`, and v1alpha. */
export function reflectionMethods(exposed: ExposedServices, calls: OpenCalls): PageMethod[] {
  const { serverReflectionInfo: desc } = ServerReflection.method;
  const files = new ExposedFiles(exposed);
  const own = { openStream: calls.opener((call) => answers(call, files), { headAtOnce: true }) };
  return [
    { name: 'grpc-reflection', desc, policy: POLICY, own },
    { name: 'grpc-reflection-v1alpha', desc, path: ALPHA, policy: POLICY, own },
  ];
}

/** At the client's pace: the next question is read when the last answer was taken. */
async function* answers(call: LocalCall, files: ExposedFiles): AsyncGenerator<Uint8Array, void> {
  for (let said = await call.hear(); said !== null; said = await call.hear()) {
    const originalRequest = fromBinary(ServerReflectionRequestSchema, said);
    const messageResponse = files.current().answer(originalRequest.messageRequest);
    const response = create(ServerReflectionResponseSchema, { originalRequest, messageResponse });
    yield toBinary(ServerReflectionResponseSchema, response);
  }
}

/** The files of the services that the snapshot in force exposes, put together when somebody asks. */
class ExposedFiles {
  private of: unknown = null;
  private files = new ReflectedFiles([]);

  constructor(private readonly exposed: ExposedServices) {}

  current(): ReflectedFiles {
    const services = this.exposed.all();
    if (services !== this.of) {
      this.of = services;
      const methods = new Set([...services.values()].flat().map(({ target }) => target.method));
      this.files = new ReflectedFiles(
        [...methods].map(({ parent }) => parent),
        shownFile(methods),
      );
    }
    return this.files;
  }
}
