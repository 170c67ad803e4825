import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

/** An enum with more values isn't listed. */
const LISTED_VALUES = 16;

const SCALARS: Readonly<Record<ScalarType, string>> = {
  [ScalarType.DOUBLE]: 'a number',
  [ScalarType.FLOAT]: 'a number (32 bits)',
  [ScalarType.INT64]: 'a whole number (64 bits)',
  [ScalarType.UINT64]: 'a whole number (64 bits, not negative)',
  [ScalarType.INT32]: 'a whole number (32 bits)',
  [ScalarType.FIXED64]: 'a whole number (64 bits, not negative)',
  [ScalarType.FIXED32]: 'a whole number (32 bits, not negative)',
  [ScalarType.BOOL]: 'true or false',
  [ScalarType.STRING]: 'a string',
  [ScalarType.BYTES]: 'base64',
  [ScalarType.UINT32]: 'a whole number (32 bits, not negative)',
  [ScalarType.SFIXED32]: 'a whole number (32 bits)',
  [ScalarType.SFIXED64]: 'a whole number (64 bits)',
  [ScalarType.SINT32]: 'a whole number (32 bits)',
  [ScalarType.SINT64]: 'a whole number (64 bits)',
};

const MESSAGES: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'an RFC 3339 time such as "2026-01-31T12:00:00Z"',
  'google.protobuf.Duration': 'seconds such as "1.5s"',
  'google.protobuf.FieldMask': 'field names with commas between',
  'google.protobuf.Any': 'an object with "@type"',
  'google.protobuf.ListValue': 'an array',
};

/** What would have been right, for the caller: "expected ...". */
export function expectation(desc: DescField | DescMessage): string {
  return `expected ${desc.kind === 'message' ? ofMessage(desc) : ofField(desc)}`;
}

function ofField(field: DescField): string {
  const value = ofValue(field);
  return field.fieldKind === 'map' ? `${SCALARS[field.mapKey]} as the key and ${value}` : value;
}

function ofValue(field: DescField): string {
  if (field.message !== undefined) return ofMessage(field.message);
  if (field.enum === undefined) return SCALARS[field.scalar!];
  const { values } = field.enum;
  return values.length > LISTED_VALUES ? 'a value of the enum' : `one of ${values.map(({ name }) => name).join(', ')}`;
}

function ofMessage(message: DescMessage): string {
  const known = MESSAGES[message.typeName];
  if (known !== undefined) return known;
  const wrapped = message.typeName.startsWith('google.protobuf.') && message.typeName.endsWith('Value');
  return wrapped && message.fields[0]?.scalar !== undefined ? SCALARS[message.fields[0].scalar] : 'an object';
}
