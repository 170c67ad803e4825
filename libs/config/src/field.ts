/** A value that a field refuses. `problems` become one line each, after the key's name. */
export class FieldRefusal extends Error {
  override readonly name = 'FieldRefusal';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** Refuses a field's value. */
export function refuse(...problems: string[]): never {
  throw new FieldRefusal(problems);
}

/** One environment variable: its type, default and documentation. */
export interface Field<T> {
  /** Name of the environment variable. */
  readonly env: string;
  /** What may be written, for people: `port`, `duration`, `one of: a, b`. */
  readonly type: string;
  readonly doc: string;
  /** What an unset variable means; `required` when it must be set. */
  readonly unset: { readonly required: true } | { readonly required: false; readonly value: T };
  /** What an empty variable (`KEY=`) means, where it is not the same as an unset one. */
  readonly empty?: { readonly value: T };
  /** In the production profile this must be set, or set to `none` on purpose. */
  readonly decideInProduction: boolean;
  /** The value of a set variable. @throws FieldRefusal */
  parse(raw: string): T;
  /** The value as it is printed: secrets are redacted. */
  show(value: T): string;
}

/** What every kind of field takes. */
export interface FieldOptions<T> {
  /** What it is for: one sentence of the reference page. */
  readonly doc: string;
  /** Used when the variable isn't set. A field with neither `default` nor `optional` is required. */
  readonly default?: T;
  /** The value is undefined when the variable isn't set. */
  readonly optional?: true;
  /** Weakening must be on purpose: production refuses an unset variable; `none` reads as undefined. Needs `optional`. */
  readonly decideInProduction?: true;
}

/** The type of a field made with options `O`. */
export type Value<T, O> =
  T | (O extends { optional: true } ? undefined : never) | (O extends { off: true } ? null : never);

/** What makes a kind of field. */
export interface Kind<T> {
  readonly type: string;
  /** @throws FieldRefusal */
  parse(raw: string): T;
  show?(value: T): string;
}

/** Makes a field of a kind. */
export function makeField<T, const O extends FieldOptions<T>>(
  env: string,
  kind: Kind<T>,
  options: O,
): Field<Value<T, O>> {
  const show = kind.show ?? String;
  const field: Field<T | undefined> = {
    env,
    type: kind.type,
    doc: options.doc,
    unset: unsetOf(options),
    decideInProduction: options.decideInProduction === true,
    parse: (raw) => (options.decideInProduction && raw === 'none' ? undefined : kind.parse(raw)),
    show: (value) => (value === undefined ? '' : show(value)),
  };
  return field as Field<Value<T, O>>;
}

function unsetOf<T>(options: FieldOptions<T>): Field<T | undefined>['unset'] {
  if (options.default !== undefined) return { required: false, value: options.default };
  return options.optional ? { required: false, value: undefined } : { required: true };
}
