import { create, type DescFile, type DescMessage, type DescService, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import * as reflection from './gen/grpc/reflection/v1/reflection_pb';

type Question = reflection.ServerReflectionRequest['messageRequest'];
type Answer = reflection.ServerReflectionResponse['messageResponse'];

/** gRPC status codes. */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

/** What of a file is shown. */
export type ShowFile = (file: DescFile) => FileDescriptorProto;

/** A file as it is shown, and as it is sent once somebody has asked for it. */
interface ShownFile {
  readonly proto: FileDescriptorProto;
  readonly imports: readonly DescFile[];
  bytes?: Uint8Array;
}

/**
 * Answers what is asked of gRPC reflection, from descriptors. Where two files have one name, or declare the same, what came
 * first is found.
 */
export class ReflectedFiles {
  private readonly services: readonly string[];
  private readonly shown = new Map<DescFile, ShownFile>();
  private readonly byName = new Map<string, DescFile>();
  private readonly bySymbol = new Map<string, DescFile>();
  /** By extended message, then number. */
  private readonly extensions = new Map<string, Map<number, DescFile>>();

  /**
   * @param services those that are listed; their files and all that those import are known
   * @param show all of each file by default; services, methods and imports that it leaves out aren't found
   */
  constructor(
    services: readonly DescService[],
    private readonly show: ShowFile = ({ proto }) => proto,
  ) {
    this.services = [...new Set(services.map(({ typeName }) => typeName))].sort();
    for (const { file } of services) this.add(file);
  }

  /** The answer to one question; one that can't be answered is told so, in the answer. */
  answer({ case: kind, value }: Question): Answer {
    if (kind === 'listServices') return { case: 'listServicesResponse', value: listOf(this.services) };
    if (kind === 'fileByFilename') return this.found(this.byName.get(value), value);
    if (kind === 'fileContainingSymbol') return this.found(this.bySymbol.get(value.replace(/^\./, '')), value);
    if (kind === 'fileContainingExtension') {
      const { containingType, extensionNumber } = value;
      const file = this.extensions.get(containingType)?.get(extensionNumber);
      return this.found(file, `${containingType} ${extensionNumber}`);
    }
    if (kind === 'allExtensionNumbersOfType') return this.numbersOf(value);
    return failure(INVALID_ARGUMENT, 'nothing is asked');
  }

  private numbersOf(typeName: string): Answer {
    const numbers = this.extensions.get(typeName);
    if (numbers === undefined && !this.bySymbol.has(typeName)) return failure(NOT_FOUND, `${typeName} is not known`);
    const extensionNumber = [...(numbers?.keys() ?? [])].sort((a, b) => a - b);
    const value = create(reflection.ExtensionNumberResponseSchema, { baseTypeName: typeName, extensionNumber });
    return { case: 'allExtensionNumbersResponse', value };
  }

  private add(file: DescFile): void {
    if (this.shown.has(file)) return;
    const proto = this.show(file);
    const imports = file.dependencies.filter((each) => proto.dependency.includes(each.proto.name));
    this.shown.set(file, { proto, imports });
    if (!this.byName.has(proto.name)) this.byName.set(proto.name, file);
    imports.forEach((each) => this.add(each));
    for (const { name, method } of proto.service) {
      const typeName = proto.package === '' ? name : `${proto.package}.${name}`;
      this.addSymbol(typeName, file);
      for (const each of method) this.addSymbol(`${typeName}.${each.name}`, file);
    }
    for (const type of [...file.enums, ...file.extensions]) this.addSymbol(type.typeName, file);
    for (const message of file.messages) this.addMessage(message, file);
    for (const { extendee, number } of file.extensions) {
      const numbers = this.extensions.get(extendee.typeName) ?? new Map<number, DescFile>();
      if (!numbers.has(number)) this.extensions.set(extendee.typeName, numbers.set(number, file));
    }
  }

  private addMessage(message: DescMessage, file: DescFile): void {
    this.addSymbol(message.typeName, file);
    for (const type of message.nestedEnums) this.addSymbol(type.typeName, file);
    for (const each of message.nestedMessages) this.addMessage(each, file);
  }

  private addSymbol(name: string, file: DescFile): void {
    if (!this.bySymbol.has(name)) this.bySymbol.set(name, file);
  }

  /** A file with all that it imports, so that clients needn't ask for each. */
  private found(file: DescFile | undefined, name: string): Answer {
    if (file === undefined) return failure(NOT_FOUND, `${name} is not known`);
    const files = new Set<DescFile>();
    const visit = (each: DescFile): void => {
      if (files.has(each)) return;
      files.add(each);
      this.shown.get(each)!.imports.forEach(visit);
    };
    visit(file);
    const fileDescriptorProto = [...files].map((each) => this.bytesOf(each));
    const value = create(reflection.FileDescriptorResponseSchema, { fileDescriptorProto });
    return { case: 'fileDescriptorResponse', value };
  }

  private bytesOf(file: DescFile): Uint8Array {
    const shown = this.shown.get(file)!;
    return (shown.bytes ??= toBinary(FileDescriptorProtoSchema, shown.proto));
  }
}

const listOf = (names: readonly string[]) =>
  create(reflection.ListServiceResponseSchema, { service: names.map((name) => ({ name })) });

const failure = (errorCode: number, errorMessage: string): Answer => ({
  case: 'errorResponse',
  value: create(reflection.ErrorResponseSchema, { errorCode, errorMessage }),
});
