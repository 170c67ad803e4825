import type { DescEnum, DescExtension, DescField } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt';

/** A field that a message declares itself, or one that an extension gives it. */
export type AnyField = DescField | DescExtension;

/** What a field holds, as its descriptor says. */
export interface FieldType {
  readonly type: Type;
  /** The full name of a message or an enum; '' of a scalar. */
  readonly typeName: string;
  readonly enum?: DescEnum;
}

type MapField = DescField & { fieldKind: 'map' };

/** The type of a field. Of a map it is the message of its entries. */
export function typeOf(field: AnyField): FieldType {
  const { type, typeName } = field.proto;
  // Editions say it in a feature instead of the type.
  const isGroup = field.fieldKind !== 'map' && 'delimitedEncoding' in field && field.delimitedEncoding;
  const name = typeName.replace(/^\./, '');
  return {
    type: isGroup ? Type.GROUP : type,
    typeName: name,
    enum: field.fieldKind === 'map' ? undefined : field.enum,
  };
}

/** The type of a map's keys. ScalarType has the numbers of descriptor.proto. */
export const keyTypeOf = ({ mapKey }: MapField): FieldType => ({ type: mapKey as number as Type, typeName: '' });

/** The type of a map's values. */
export function valueTypeOf(field: MapField): FieldType {
  if (field.mapKind === 'message') return { type: Type.MESSAGE, typeName: field.message.typeName };
  if (field.mapKind === 'enum') return { type: Type.ENUM, typeName: field.enum.typeName, enum: field.enum };
  return { type: field.scalar as number as Type, typeName: '' };
}

/** The type for people. */
export const nameOfType = ({ type, typeName }: FieldType): string =>
  type === Type.GROUP ? `group ${typeName}` : typeName || Type[type]!.toLowerCase();

/** Types that have the same bytes and the same JSON for the values that both can hold. */
const INTERCHANGEABLE: readonly (readonly Type[])[] = [
  [Type.INT32, Type.UINT32],
  [Type.INT64, Type.UINT64],
  [Type.FIXED32, Type.SFIXED32],
  [Type.FIXED64, Type.SFIXED64],
];

/** Whether whoever writes and reads one type understands the other, in bytes and in JSON. */
export function isCompatibleType(before: FieldType, after: FieldType): boolean {
  if (before.type !== after.type)
    return INTERCHANGEABLE.some((group) => group.includes(before.type) && group.includes(after.type));
  if (before.typeName === after.typeName) return true;
  return before.enum !== undefined && after.enum !== undefined && isMovedEnum(before.enum, after.enum);
}

/** Whether it is the enum at another place: named alike, with every value that it had. */
const isMovedEnum = (before: DescEnum, after: DescEnum): boolean =>
  before.name === after.name &&
  before.values.every(({ name, number }) => after.values.some((each) => each.name === name && each.number === number));
