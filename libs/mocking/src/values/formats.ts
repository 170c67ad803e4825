import { KnownRegex } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { SeededRandom } from '../random';
import type { RulesOf } from '../rules';
import { word } from './words';

type WellKnown = RulesOf<'string'>['wellKnown'];
type Make = (random: SeededRandom) => string;

// Addresses and names that are reserved for documentation: RFC 5737, RFC 3849, RFC 2606.
const ipv4: Make = (random) => `192.0.2.${random.integer(1, 254)}`;
const ipv6: Make = (random) => `2001:db8::${random.integer(1, 65_535).toString(16)}`;
const hostname: Make = (random) => `${word(random)}.example.com`;

/** RFC 9562 version 4, from seeded bits. */
export const uuid: Make = (random) =>
  `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${random.hex(3)}-${random.hex(12)}`;

/** An address of example.com. */
export const email: Make = (random) => `${word(random)}.${random.hex(4)}@example.com`;

/** A page of example.com. */
export const uri: Make = (random) => `https://example.com/${word(random)}/${random.hex(6)}`;

const qualified: Make = (random) => `${word(random)}.v1.Item${random.integer(1, 99)}`;
/** Crockford's base 32. */
const ULID_DIGITS = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'];

const FORMATS: Readonly<Record<Exclude<NonNullable<WellKnown['case']>, 'wellKnownRegex'>, Make>> = {
  email,
  hostname,
  ip: ipv4,
  ipv4,
  ipv6,
  uri,
  uriRef: (random) => `/${word(random)}/${random.hex(6)}`,
  address: hostname,
  uuid,
  tuuid: (random) => uuid(random).replaceAll('-', ''),
  ipWithPrefixlen: (random) => `${ipv4(random)}/24`,
  ipv4WithPrefixlen: (random) => `${ipv4(random)}/24`,
  ipv6WithPrefixlen: (random) => `${ipv6(random)}/64`,
  ipPrefix: () => '192.0.2.0/24',
  ipv4Prefix: () => '192.0.2.0/24',
  ipv6Prefix: () => '2001:db8::/32',
  hostAndPort: (random) => `${hostname(random)}:${random.integer(1_024, 65_535)}`,
  ulid: (random) => `0${Array.from({ length: 25 }, () => random.pick(ULID_DIGITS)).join('')}`,
  protobufFqn: qualified,
  protobufDotFqn: (random) => `.${qualified(random)}`,
};

/** A text of a well-known format; null: the rules name none. */
export function formatted({ case: format, value }: WellKnown, random: SeededRandom): string | null {
  if (format === undefined || value === false) return null;
  if (format !== 'wellKnownRegex') return FORMATS[format](random);
  return value === KnownRegex.UNSPECIFIED ? null : `x-${word(random)}`;
}
