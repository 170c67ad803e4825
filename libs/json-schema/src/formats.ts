import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';

/** A text longer than this is of none of the formats below: some of their expressions take quadratic time. */
const MAX_LENGTH = 4_096;

/** Formats of a text that is short by nature. */
const TEXTS = [
  'date',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'json-pointer',
  'relative-json-pointer',
  'time',
  'uri',
  'uri-reference',
  'uri-template',
  'uuid',
] as const;

/** Formats of OpenAPI for numbers, and for texts of any length. */
const OTHERS = ['binary', 'byte', 'double', 'float', 'int32', 'int64', 'password'] as const;

/** The formats that schemas may name. Unlike in plain 2020-12 they are checked, not only told. */
export const FORMATS: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(TEXTS.map((name) => [name, bounded(fullFormats[name])])),
  ...Object.fromEntries(OTHERS.map((name) => [name, fullFormats[name]])),
};

function bounded(format: Format): Format {
  const check = typeof format === 'object' && 'validate' in format ? format.validate : format;
  const test = (text: string): boolean =>
    check instanceof RegExp ? check.test(text) : (check as (text: string) => boolean)(text);
  return (text: string) => text.length <= MAX_LENGTH && test(text);
}
