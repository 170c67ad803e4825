import { create, type DescFile, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { CONTRACT_BOUNDS, providedFiles } from '@gateway/contracts';
import { ReflectionError } from './reflection-error';

/** Files of the platform and of protobuf itself: servers that leave out files of options needn't have them. */
const PROVIDED: ReadonlyMap<string, DescFile> = new Map(providedFiles().map((file) => [file.proto.name, file]));

/** The files of a server, until no import is missing. */
export class FileCollection {
  private readonly files = new Map<string, FileDescriptorProto>();

  /**
   * Takes what a server has said.
   * @param expected the file that was asked for by its name
   * @throws ReflectionError when it is none, or too many
   */
  add(files: readonly Uint8Array[], expected?: string): void {
    for (const file of files.map(read)) this.put(PROVIDED.get(file.name)?.proto ?? file);
    if (expected !== undefined && !this.files.has(expected))
      throw new ReflectionError(`has another file for ${expected}`);
  }

  /** A file that another one imports and that is to be asked for; null: none. */
  missing(): string | null {
    for (const { dependency } of [...this.files.values()])
      for (const name of dependency) {
        if (this.files.has(name)) continue;
        const provided = PROVIDED.get(name);
        if (provided === undefined) return name;
        this.putProvided(provided);
      }
    return null;
  }

  /** The same bytes for the same files, whatever order they came in. */
  descriptorSet(): Uint8Array {
    const file = [...this.files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
  }

  private putProvided(file: DescFile): void {
    if (this.files.has(file.proto.name)) return;
    this.put(file.proto);
    file.dependencies.forEach((each) => this.putProvided(each));
  }

  private put(file: FileDescriptorProto): void {
    this.files.set(file.name, file);
    if (this.files.size > CONTRACT_BOUNDS.files)
      throw new ReflectionError(`has more than ${CONTRACT_BOUNDS.files} files`);
  }
}

function read(bytes: Uint8Array): FileDescriptorProto {
  try {
    return fromBinary(FileDescriptorProtoSchema, bytes, { recursionLimit: CONTRACT_BOUNDS.depth });
  } catch (cause) {
    throw new ReflectionError('has a file that cannot be read', { cause });
  }
}
