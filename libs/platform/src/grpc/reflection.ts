import { create, type DescFile, type DescMessage, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { reflectionV1 } from '@gateway/contracts';
import { packageDefinitionOf } from './definition';

type Request = reflectionV1.ServerReflectionRequest;
type Response = reflectionV1.ServerReflectionResponse['messageResponse'];

const { ServerReflection, ServerReflectionResponseSchema } = reflectionV1;

/** The older name of the same service; clients that ask for the newer one first fall back to it. */
const ALPHA = 'grpc.reflection.v1alpha.ServerReflection';

/**
 * Adds grpc.reflection to a server, under both of its names. From generated descriptors, not from what a .proto loader
 * keeps: that lacks the files which are imported for options alone, and so the routes and policies.
 */
export function serveReflection(server: Server, services: readonly DescService[]): void {
  const known = new KnownFiles([...services, ServerReflection]);
  const definition = packageDefinitionOf([ServerReflection])[ServerReflection.typeName]!;
  const method = definition['ServerReflectionInfo']!;
  const handlers = { ServerReflectionInfo: (call: ServerDuplexStream<Request, object>) => answerAll(call, known) };
  server.addService(definition, handlers);
  server.addService({ ServerReflectionInfo: { ...method, path: `/${ALPHA}/ServerReflectionInfo` } }, handlers);
}

/** At the client's pace: nothing more is read while an answer waits to be taken. */
function answerAll(call: ServerDuplexStream<Request, object>, known: KnownFiles): void {
  call.on('data', (request: Request) => {
    const messageResponse = known.answer(request.messageRequest);
    const response = create(ServerReflectionResponseSchema, { originalRequest: request, messageResponse });
    if (call.write(response)) return;
    call.pause();
    call.once('drain', () => call.resume());
  });
  call.on('end', () => call.end());
}

/** Finds files by what is asked of reflection. */
class KnownFiles {
  private readonly services: readonly string[];
  private readonly byName = new Map<string, DescFile>();
  private readonly bySymbol = new Map<string, DescFile>();
  /** By extended message, then number. */
  private readonly extensions = new Map<string, Map<number, DescFile>>();

  constructor(services: readonly DescService[]) {
    this.services = services.map(({ typeName }) => typeName).sort();
    for (const { file } of services) this.add(file);
  }

  answer({ case: kind, value }: Request['messageRequest']): Response {
    if (kind === 'listServices') return { case: 'listServicesResponse', value: listOf(this.services) };
    if (kind === 'fileByFilename') return found(this.byName.get(value), value);
    if (kind === 'fileContainingSymbol') return found(this.bySymbol.get(value.replace(/^\./, '')), value);
    if (kind === 'fileContainingExtension') {
      const { containingType, extensionNumber } = value;
      return found(this.extensions.get(containingType)?.get(extensionNumber), `${containingType} ${extensionNumber}`);
    }
    if (kind === 'allExtensionNumbersOfType') return this.numbersOf(value);
    return failure(status.INVALID_ARGUMENT, 'nothing is asked');
  }

  private numbersOf(typeName: string): Response {
    const numbers = this.extensions.get(typeName);
    if (numbers === undefined && !this.bySymbol.has(typeName))
      return failure(status.NOT_FOUND, `${typeName} is not known`);
    const extensionNumber = [...(numbers?.keys() ?? [])].sort((a, b) => a - b);
    const value = create(reflectionV1.ExtensionNumberResponseSchema, { baseTypeName: typeName, extensionNumber });
    return { case: 'allExtensionNumbersResponse', value };
  }

  private add(file: DescFile): void {
    if (this.byName.has(file.proto.name)) return;
    this.byName.set(file.proto.name, file);
    file.dependencies.forEach((each) => this.add(each));
    for (const service of file.services) {
      this.bySymbol.set(service.typeName, file);
      for (const method of service.methods) this.bySymbol.set(`${service.typeName}.${method.name}`, file);
    }
    for (const type of [...file.enums, ...file.extensions]) this.bySymbol.set(type.typeName, file);
    for (const message of file.messages) this.addMessage(message, file);
    for (const { extendee, number } of file.extensions) {
      const numbers = this.extensions.get(extendee.typeName) ?? new Map<number, DescFile>();
      this.extensions.set(extendee.typeName, numbers.set(number, file));
    }
  }

  private addMessage(message: DescMessage, file: DescFile): void {
    this.bySymbol.set(message.typeName, file);
    for (const type of message.nestedEnums) this.bySymbol.set(type.typeName, file);
    for (const each of message.nestedMessages) this.addMessage(each, file);
  }
}

const listOf = (names: readonly string[]) =>
  create(reflectionV1.ListServiceResponseSchema, { service: names.map((name) => ({ name })) });

/** A file with all that it imports, so that clients needn't ask for each. */
function found(file: DescFile | undefined, name: string): Response {
  if (file === undefined) return failure(status.NOT_FOUND, `${name} is not known`);
  const files = new Set<DescFile>();
  const visit = (each: DescFile): void => {
    if (files.has(each)) return;
    files.add(each);
    each.dependencies.forEach(visit);
  };
  visit(file);
  const fileDescriptorProto = [...files].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  const value = create(reflectionV1.FileDescriptorResponseSchema, { fileDescriptorProto });
  return { case: 'fileDescriptorResponse', value };
}

const failure = (errorCode: status, errorMessage: string): Response => ({
  case: 'errorResponse',
  value: create(reflectionV1.ErrorResponseSchema, { errorCode, errorMessage }),
});
