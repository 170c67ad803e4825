import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { type FieldRules, message as messageOption } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { type Echo, isSensitive } from './echo';
import type { SeededRandom } from './random';
import { given, rulesFor, rulesOf } from './rules';
import { Unsatisfiable } from './unsatisfiable';
import { bytesValue } from './values/bytes';
import { floatValue, integerValue, isInteger } from './values/numbers';
import { maskedText, stringValue } from './values/strings';
import { wellKnownMaker } from './well-known';

/** Messages inside messages; what lies deeper is left out unless it is required. */
const MAX_DEPTH = 6;
/** Values of one message with all that is inside; beyond it lists and maps are as short as they may be. */
const MAX_VALUES = 500;
/** Items that a rule may ask for. */
const MAX_ITEMS = 1_000;
/** How often another item is tried when all must differ. */
const UNIQUE_TRIES = 64;

/** What one message is made from. */
export interface Generation {
  readonly random: SeededRandom;
  /** What the request says; null: nothing is repeated. */
  readonly echo: Echo | null;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** Where a value stands. */
interface Place {
  readonly stack: readonly DescMessage[];
  readonly inList: boolean;
}

/**
 * A message of a type, in proto JSON, that keeps the buf.validate rules of its fields as far as those can be read: CEL isn't.
 * Whether it keeps all is for the caller to check.
 * @throws Unsatisfiable when something that must be there can't be made
 */
export function generateMessage(desc: DescMessage, generation: Generation): JsonObject {
  return new MessageGenerator(generation).message(desc, { stack: [], inList: false });
}

/** The value that stands in the place of one that mustn't be shown. @throws Unsatisfiable */
export function maskedValue(field: DescField, generation: Generation): JsonValue {
  const rules = rulesFor(rulesOf(field), 'string');
  const isFree = rules === undefined || (rules.pattern === '' && rules.wellKnown.case === undefined);
  if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING && isFree) return maskedText(rules);
  return new MessageGenerator(generation).field(field, { stack: [], inList: false });
}

class MessageGenerator {
  private values = 0;

  constructor(private readonly generation: Generation) {}

  message(desc: DescMessage, { stack, inList }: Place): JsonObject {
    const place = { stack: [...stack, desc], inList };
    const made: JsonObject = {};
    const left = this.leftOut(desc);
    for (const member of desc.members) {
      const field = member.kind === 'oneof' ? this.choose(member, place) : member;
      if (left.has(field.name)) continue;
      const value = this.optional(field, place);
      if (value !== undefined) made[field.jsonName] = value;
    }
    return made;
  }

  /** A value for a field. @throws Unsatisfiable */
  field(field: DescField, place: Place): JsonValue {
    const rules = rulesOf(field);
    if (field.fieldKind === 'list') return this.list(field, rules, place);
    if (field.fieldKind === 'map') return this.map(field, rules, place);
    return this.single(field, rules, place);
  }

  /** Undefined: the field is left out. */
  private optional(field: DescField, place: Place): JsonValue | undefined {
    const echoed = this.generation.echo?.valueFor(field, place.inList);
    if (echoed !== undefined) return echoed;
    const isMasked = isSensitive(field) && field.fieldKind !== 'message';
    try {
      if (isMasked) return maskedValue(field, this.generation);
      return this.field(field, place);
    } catch (error) {
      if (!(error instanceof Unsatisfiable) || this.isNeeded(field)) throw error;
      return undefined;
    }
  }

  /** Whether its message can't be without it. */
  private isNeeded(field: DescField): boolean {
    const rules = rulesOf(field);
    if (field.fieldKind === 'list')
      return (rulesFor(rules, 'repeated')?.minItems ?? 0n) > 0n || rules?.required === true;
    if (field.fieldKind === 'map') return (rulesFor(rules, 'map')?.minPairs ?? 0n) > 0n || rules?.required === true;
    if (rules?.required === true) return true;
    return field.fieldKind !== 'message' && rules !== undefined && field.oneof === undefined;
  }

  /** The fields that a message's `oneof` rules don't leave room for: of each group the first one is set. */
  private leftOut(desc: DescMessage): ReadonlySet<string> {
    if (!hasOption(desc, messageOption)) return new Set();
    return new Set(getOption(desc, messageOption).oneof.flatMap(({ fields }) => fields.slice(1)));
  }

  /** One of a oneof's fields, of those whose message isn't being made already where there are others. */
  private choose({ fields }: DescOneof, { stack }: Place): DescField {
    const plain = fields.filter(({ message }) => message === undefined || !stack.includes(message));
    return this.generation.random.pick(plain.length > 0 ? plain : fields);
  }

  private list(field: DescField & { fieldKind: 'list' }, rules: FieldRules | undefined, place: Place): JsonValue[] {
    const list = rulesFor(rules, 'repeated');
    const count = this.count(given(list, 'minItems'), given(list, 'maxItems'), rules?.required === true);
    const inside = { ...place, inList: true };
    const make = (): JsonValue => this.single(field, list?.items, inside);
    return list?.unique === true ? this.distinct(count, make) : Array.from({ length: count }, make);
  }

  private map(field: DescField & { fieldKind: 'map' }, rules: FieldRules | undefined, place: Place): JsonObject {
    const map = rulesFor(rules, 'map');
    const count = this.count(given(map, 'minPairs'), given(map, 'maxPairs'), rules?.required === true);
    const inside = { ...place, inList: true };
    const keys = this.distinct(count, () => this.scalar(field.mapKey, 'key', map?.keys));
    return Object.fromEntries(keys.map((key) => [String(key), this.single(field, map?.values, inside)]));
  }

  private count(min = 0n, max?: bigint, required = false): number {
    const least = Math.max(Number(min), required ? 1 : 0);
    if (least > MAX_ITEMS) throw new Unsatisfiable(`${least} items are more than mocks are made of`);
    const most = Math.min(Number(max ?? MAX_ITEMS), Math.max(least, 3));
    const usual = Math.max(least, Math.min(1, most));
    return this.values > MAX_VALUES ? least : this.generation.random.integer(usual, Math.max(usual, most));
  }

  private distinct(count: number, make: () => JsonValue): JsonValue[] {
    const found = new Map<string, JsonValue>();
    for (let tries = 0; found.size < count && tries < count + UNIQUE_TRIES; tries++) {
      const value = make();
      found.set(JSON.stringify(value), value);
    }
    return [...found.values()];
  }

  /** A scalar, enum or message: the field's own, or that of its items. */
  private single(field: DescField, rules: FieldRules | undefined, place: Place): JsonValue {
    this.values++;
    if (field.message !== undefined) return this.inner(field.message, field.name, rules, place);
    if (field.enum !== undefined) return this.enumValue(field.enum, rules);
    return this.scalar(field.scalar!, field.name, rules);
  }

  private inner(desc: DescMessage, name: string, rules: FieldRules | undefined, place: Place): JsonValue {
    if (isWrapperDesc(desc)) return this.scalar(desc.fields[0]!.scalar!, name, rules);
    const { random, now } = this.generation;
    const wellKnown = wellKnownMaker(desc);
    if (wellKnown !== undefined) return wellKnown({ rules, random, now });
    if (place.stack.includes(desc)) throw new Unsatisfiable(`${desc.typeName} contains itself`);
    if (place.stack.length >= MAX_DEPTH) throw new Unsatisfiable(`${desc.typeName} lies too deep`);
    return this.message(desc, place);
  }

  private scalar(type: ScalarType, name: string, rules: FieldRules | undefined): JsonValue {
    const { random } = this.generation;
    if (type === ScalarType.STRING) return stringValue(name, rulesFor(rules, 'string'), random);
    if (type === ScalarType.BYTES) return base64Encode(bytesValue(rulesFor(rules, 'bytes'), random));
    if (type === ScalarType.BOOL) return given(rulesFor(rules, 'bool'), 'const') ?? random.unit() < 0.5;
    return isInteger(type)
      ? integerValue(type, rules?.type.value, random)
      : floatValue(type, rules?.type.value, random);
  }

  /** Not the zero value, where there is another: it mostly means that nothing is known. */
  private enumValue({ values }: DescEnum, rules: FieldRules | undefined): JsonValue {
    const { random } = this.generation;
    const enums = rulesFor(rules, 'enum');
    const fixed = given(enums, 'const');
    const allowed = fixed !== undefined ? [fixed] : enums?.in.length ? enums.in : values.map(({ number }) => number);
    const usable = allowed.filter((number) => !enums?.notIn.includes(number));
    const telling = usable.filter((number) => number !== 0);
    if (usable.length === 0) throw new Unsatisfiable('no value of the enum is allowed');
    const number = random.pick(telling.length > 0 ? telling : usable);
    return values.find((each) => each.number === number)?.name ?? number;
  }
}
