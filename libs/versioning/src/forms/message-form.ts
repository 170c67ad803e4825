import type { JsonValue } from '@bufbuild/protobuf';
import { isObject, type JsonName, nameIn } from './json-path';
import type { Step } from './step';

/** How the JSON of one version differs from that of a message, or of a value of a field. Works in place. */
export interface JsonForm {
  /**
   * Turns the version's JSON into the message's.
   * @returns pointers (RFC 6901) to members that the version doesn't have; they have been taken out
   */
  read(json: JsonValue): string[];
  /** Turns the message's JSON into the version's. */
  write(json: JsonValue): void;
  /** A pointer into the message's JSON as one into the version's. */
  locate(pointer: string): string;
  /** The form of a member's value, of a list's or map's items under `*`; null: they are as the message's. */
  within(name: string): JsonForm | null;
  /** Whether something goes into that member, or out of it. */
  opens(name: string): boolean;
}

/** A field whose messages have forms of their own. */
export interface Child {
  readonly name: JsonName;
  readonly form: JsonForm;
}

/** The form of a message: what changes in itself, and in what it holds. */
export class MessageForm implements JsonForm {
  /**
   * @param steps what each boundary changes, the nearest to the message first
   * @param children complete once all types are compiled: types may hold each other
   */
  constructor(
    private readonly steps: readonly Step[],
    private readonly children: readonly Child[],
  ) {}

  read(json: JsonValue): string[] {
    if (!isObject(json)) return [];
    const unknown = this.steps.toReversed().flatMap((step) => step.read(json));
    for (const { name, form } of this.children) {
      const key = nameIn(json, name);
      if (key === undefined) continue;
      const own = form.read(json[key]!);
      unknown.push(...own.map((pointer) => this.locateOwn(`/${name.json}${pointer}`)));
    }
    return unknown;
  }

  write(json: JsonValue): void {
    if (!isObject(json)) return;
    for (const { name, form } of this.children) if (Object.hasOwn(json, name.json)) form.write(json[name.json]!);
    for (const step of this.steps) step.write(json);
  }

  locate(pointer: string): string {
    const child = this.children.find(({ name }) => pointer.startsWith(`/${name.json}/`));
    if (child === undefined) return this.locateOwn(pointer);
    const own = `/${child.name.json}`;
    return this.locateOwn(own + child.form.locate(pointer.slice(own.length)));
  }

  within(name: string): JsonForm | null {
    return this.children.find((child) => child.name.json === name)?.form ?? null;
  }

  opens(name: string): boolean {
    return this.steps.some((step) => step.opens(name));
  }

  private locateOwn(pointer: string): string {
    return this.steps.reduce((at, step) => step.locate(at), pointer);
  }
}

/** The form of a list's items or a map's values. */
export class ItemsForm implements JsonForm {
  constructor(private readonly item: JsonForm) {}

  read(json: JsonValue): string[] {
    return itemsOf(json).flatMap(([key, value]) =>
      this.item.read(value).map((pointer) => `/${escaped(key)}${pointer}`),
    );
  }

  write(json: JsonValue): void {
    for (const [, value] of itemsOf(json)) this.item.write(value);
  }

  locate(pointer: string): string {
    const end = pointer.indexOf('/', 1);
    return end < 0 ? pointer : pointer.slice(0, end) + this.item.locate(pointer.slice(end));
  }

  within(): JsonForm {
    return this.item;
  }

  opens(): boolean {
    return false;
  }
}

const itemsOf = (json: JsonValue): [string, JsonValue][] =>
  typeof json === 'object' && json !== null ? Object.entries(json as Record<string, JsonValue>) : [];

/** Keys of maps are whatever clients write. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
