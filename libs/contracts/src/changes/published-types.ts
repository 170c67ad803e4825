import type { DescEnum, DescExtension, DescFile, DescMessage } from '@bufbuild/protobuf';
import type { CompiledContract } from '../compile';
import type { AnyField } from './field-type';

/** What callers of a contract have seen. */
export interface PublishedTypes {
  readonly messages: ReadonlySet<DescMessage>;
  readonly enums: ReadonlySet<DescEnum>;
  readonly extensions: ReadonlySet<DescExtension>;
  readonly files: ReadonlySet<DescFile>;
}

/**
 * The types that a contract's methods take and give, with all that those hold, and every type of the services' own
 * packages: these may travel in a google.protobuf.Any. What is merely imported, as options are, is nobody's business.
 */
export function publishedTypes({ registry, services, methods }: CompiledContract): PublishedTypes {
  const messages = new Set<DescMessage>();
  const enums = new Set<DescEnum>();
  const extensions = new Set<DescExtension>();
  const extending = Map.groupBy(
    [...registry].filter((type) => type.kind === 'extension'),
    ({ extendee }) => extendee.typeName,
  );
  const visitHeld = (field: AnyField): void => {
    if (field.message) visit(field.message);
    if (field.enum) enums.add(field.enum);
  };
  const visit = (message: DescMessage): void => {
    if (messages.has(message)) return;
    messages.add(message);
    message.fields.forEach(visitHeld);
    for (const extension of extending.get(message.typeName) ?? []) {
      extensions.add(extension);
      visitHeld(extension);
    }
  };
  const packages = new Set(services.map(({ desc }) => desc.file.proto.package));
  for (const type of registry) {
    if (type.kind === 'service' || !packages.has(type.file.proto.package)) continue;
    if (type.kind === 'message') visit(type);
    if (type.kind === 'enum') enums.add(type);
    // An own option of an imported type is compared, its type isn't.
    if (type.kind === 'extension') extensions.add(type);
  }
  for (const { desc } of methods) [desc.input, desc.output].forEach(visit);
  const files = new Set([...messages, ...enums].map(({ file }) => file).concat(services.map(({ desc }) => desc.file)));
  return { messages, enums, extensions, files };
}
