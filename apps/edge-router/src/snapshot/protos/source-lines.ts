import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Field numbers of descriptor.proto, by which source information names what it is about. */
const MESSAGE = 4;
const SERVICE = 6;
const METHOD = 2;

/** Tells where a service, method or message stands: `shop/v1/shop.proto:12`; its own name when that isn't known. */
export type PlaceOfSymbol = (symbol: string) => string;

/** Reads where the symbols of a descriptor set stand, as far as the compiler kept it. Never throws. */
export function sourceLines(bytes: Uint8Array): PlaceOfSymbol {
  const places = new Map<string, string>();
  for (const file of filesOf(bytes))
    for (const [symbol, line] of linesOf(file)) places.set(symbol, `${file.name}:${line}`);
  return (symbol) => places.get(symbol) ?? symbol;
}

function filesOf(bytes: Uint8Array): readonly FileDescriptorProto[] {
  try {
    return fromBinary(FileDescriptorSetSchema, bytes).file;
  } catch {
    return [];
  }
}

function linesOf(file: FileDescriptorProto): [symbol: string, line: number][] {
  const lines = new Map(file.sourceCodeInfo?.location.map(({ path, span }) => [path.join('.'), (span[0] ?? 0) + 1]));
  const symbols = [
    ...file.messageType.map((message, index) => [message.name, `${MESSAGE}.${index}`] as const),
    ...file.service.flatMap((service, index) => [
      [service.name, `${SERVICE}.${index}`] as const,
      ...service.method.map(
        (each, at) => [`${service.name}.${each.name}`, `${SERVICE}.${index}.${METHOD}.${at}`] as const,
      ),
    ]),
  ];
  const prefix = file.package === '' ? '' : `${file.package}.`;
  return symbols.flatMap(([name, path]): [string, number][] => {
    const line = lines.get(path);
    return line === undefined ? [] : [[prefix + name, line]];
  });
}
