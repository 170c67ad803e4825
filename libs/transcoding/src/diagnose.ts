import {
  type DescField,
  type DescMessage,
  type DescOneof,
  fromJson,
  type JsonReadOptions,
  type JsonValue,
} from '@bufbuild/protobuf';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';
import type { FieldError } from '@gateway/errors';
import { expectation } from './expectation';
import { fieldOf } from './field-path';
import { escapeKey } from './json-pointer';

/** Values that are looked at before the search is given up: a wrong body must not cost much more than a right one. */
const MAX_PARTS = 10_000;

/**
 * Finds which fields of a JSON document a message refuses. Runs only when decoding has failed: it decodes the parts one
 * by one with the decoder itself, so that the two can't disagree about what is right.
 */
export class Diagnosis {
  readonly errors: FieldError[] = [];
  private parts = 0;

  /**
   * @param options what the document was decoded with
   * @param max errors to look for
   */
  constructor(
    private readonly options: Pick<JsonReadOptions, 'registry' | 'ignoreUnknownFields'>,
    private readonly max: number,
  ) {}

  /** Examines a document, or a part of it at that JSON pointer. */
  message(desc: DescMessage, json: JsonValue, at: string): void {
    // These have forms of their own; what is inside has no fields to point to.
    if (hasCustomJsonRepresentation(desc)) return this.part(desc, json, at, desc);
    if (!isObject(json)) return this.add(at, 'type', 'expected an object');
    const seen = new Set<DescField | DescOneof>();
    for (const [key, value] of Object.entries(json)) {
      if (this.isDone()) return;
      this.member(desc, key, value, at, seen);
    }
  }

  /** Examines the value of a field. */
  field(field: DescField, value: JsonValue, at: string): void {
    if (value === null) this.part(field.parent, { [field.jsonName]: value }, at, field);
    else if (field.fieldKind === 'list') this.list(field, value, at);
    else if (field.fieldKind === 'map') this.map(field, value, at);
    else if (field.fieldKind === 'message') this.message(field.message, value, at);
    else this.part(field.parent, { [field.jsonName]: value }, at, field);
  }

  private member(desc: DescMessage, key: string, value: JsonValue, at: string, seen: Set<DescField | DescOneof>): void {
    const pointer = `${at}/${escapeKey(key)}`;
    const field = fieldOf(desc, key);
    if (field === undefined) return this.unknown(pointer);
    const place = field.oneof !== undefined && value !== null ? field.oneof : field;
    if (seen.has(place)) return this.add(pointer, 'conflict', 'the field, or its oneof, is set twice');
    seen.add(place);
    this.field(field, value, pointer);
  }

  private unknown(pointer: string): void {
    if (this.options.ignoreUnknownFields !== true) this.add(pointer, 'unknown', 'there is no such field');
  }

  private list(field: DescField & { fieldKind: 'list' }, value: JsonValue, at: string): void {
    if (!Array.isArray(value)) return this.add(at, 'type', 'expected an array');
    for (let index = 0; index < value.length && !this.isDone(); index++) {
      const [item, pointer] = [value[index]!, `${at}/${index}`];
      if (field.listKind === 'message') this.message(field.message, item, pointer);
      else this.part(field.parent, { [field.jsonName]: [item] }, pointer, field);
    }
  }

  private map(field: DescField & { fieldKind: 'map' }, value: JsonValue, at: string): void {
    if (!isObject(value)) return this.add(at, 'type', 'expected an object');
    for (const [key, item] of Object.entries(value)) {
      if (this.isDone()) return;
      const pointer = `${at}/${escapeKey(key)}`;
      const before = this.errors.length;
      if (field.mapKind === 'message') this.message(field.message, item, pointer);
      if (this.errors.length === before) this.part(field.parent, { [field.jsonName]: { [key]: item } }, pointer, field);
    }
  }

  /** A document that holds nothing but the value in question. */
  private part(desc: DescMessage, json: JsonValue, at: string, expected: DescField | DescMessage): void {
    this.parts++;
    try {
      fromJson(desc, json, this.options);
    } catch {
      this.add(at, 'type', expectation(expected));
    }
  }

  private isDone(): boolean {
    return this.errors.length >= this.max || this.parts >= MAX_PARTS;
  }

  private add(pointer: string, rule: string, detail: string): void {
    this.errors.push({ pointer, rule, detail });
  }
}

const isObject = (json: JsonValue): json is { [key: string]: JsonValue } =>
  json !== null && typeof json === 'object' && !Array.isArray(json);
