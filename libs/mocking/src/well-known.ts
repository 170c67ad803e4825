import { create, type DescMessage, type JsonValue, toJson } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { SeededRandom } from './random';
import { rulesFor } from './rules';
import { Unsatisfiable } from './unsatisfiable';
import { durationValue, timestampValue } from './values/times';
import { word } from './values/words';

/** What a value of a well-known type is made from. */
export interface WellKnownContext {
  readonly rules: FieldRules | undefined;
  readonly random: SeededRandom;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

type Make = (context: WellKnownContext) => JsonValue;

/** Messages that have a JSON of their own. Wrappers aren't among them: they are like the scalar inside. */
const MAKERS: Readonly<Record<string, Make>> = {
  'google.protobuf.Timestamp': ({ rules, random, now }) =>
    toJson(TimestampSchema, create(TimestampSchema, timestampValue(rulesFor(rules, 'timestamp'), random, now))),
  'google.protobuf.Duration': ({ rules, random }) =>
    toJson(DurationSchema, create(DurationSchema, durationValue(rulesFor(rules, 'duration'), random))),
  'google.protobuf.FieldMask': ({ rules, random }) => {
    const masks = rulesFor(rules, 'fieldMask');
    const paths = masks?.const?.paths ?? (masks?.in.length ? [random.pick(masks.in)] : []);
    return paths.map(camelCase).join(',');
  },
  'google.protobuf.Any': ({ rules }) => {
    const [type] = rulesFor(rules, 'any')?.in ?? [];
    // What is inside is nobody's to say; a type that must be there can't be made up.
    if (type !== undefined) throw new Unsatisfiable(`a google.protobuf.Any that holds ${type} can't be made up`);
    return {};
  },
  'google.protobuf.Empty': () => ({}),
  'google.protobuf.Struct': ({ random }) => ({ [word(random)]: word(random) }),
  'google.protobuf.Value': ({ random }) => word(random),
  'google.protobuf.ListValue': ({ random }) => [word(random)],
};

/** What makes values of a type that has a JSON of its own; undefined: it has none. */
export const wellKnownMaker = ({ typeName }: DescMessage): Make | undefined => MAKERS[typeName];

const camelCase = (path: string): string => path.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
