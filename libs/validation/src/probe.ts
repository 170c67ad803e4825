import { type DescEnum, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';

/**
 * Messages of a type that between them have every field set, so that evaluating them reaches every rule of the type. The
 * members of a oneof take turns.
 */
export function probesOf(desc: DescMessage): Message[] {
  const rounds = Math.max(1, ...desc.oneofs.map(({ fields }) => fields.length));
  return Array.from({ length: rounds }, (_, round) => probe(desc, round));
}

function probe(desc: DescMessage, round: number): Message {
  const message = reflect(desc);
  for (const field of desc.fields) {
    const rivals = field.oneof?.fields ?? [field];
    if (rivals[round % rivals.length] === field) fill(message, field);
  }
  return message.message;
}

function fill(message: ReflectMessage, field: DescField): void {
  if (field.fieldKind === 'list') message.get(field).add(valueOf(field));
  else if (field.fieldKind === 'map') message.get(field).set(scalarValue(field.mapKey) as string, valueOf(field));
  else message.set(field, valueOf(field));
}

function valueOf(field: DescField) {
  if (field.message !== undefined) return reflect(field.message);
  return field.enum === undefined ? scalarValue(field.scalar!) : enumValue(field.enum);
}

/** Not the default where there is another, so that rules which pass over defaults are reached. */
const enumValue = ({ values }: DescEnum): number => values[values.length - 1]!.number;

function scalarValue(type: ScalarType): string | boolean | bigint | number | Uint8Array {
  if (type === ScalarType.STRING) return 'a';
  if (type === ScalarType.BOOL) return true;
  if (type === ScalarType.BYTES) return Uint8Array.of(1);
  return LONG.has(type) ? 1n : 1;
}

const LONG: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);
