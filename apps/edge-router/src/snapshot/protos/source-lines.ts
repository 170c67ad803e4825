import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { lineOf } from '@gateway/contracts';

/** Tells where a service, method or message stands: `shop/v1/shop.proto:12`; its own name when that isn't known. */
export type PlaceOfSymbol = (symbol: string) => string;

/** Reads where the symbols of a descriptor set stand, as far as the compiler kept it. Never throws. */
export function sourceLines(bytes: Uint8Array): PlaceOfSymbol {
  const registry = registryOf(bytes);
  return (symbol) => {
    const file = registry && fileOf(registry, symbol);
    const line = file && lineOf(registry, { file, symbol });
    return line ? `${file}:${line}` : symbol;
  };
}

function registryOf(bytes: Uint8Array): FileRegistry | null {
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  } catch {
    return null;
  }
}

/** The file that declares a type, or the service of a method. */
const fileOf = (registry: FileRegistry, symbol: string): string | undefined =>
  (registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.')))))?.file.proto.name;
