import { makeField, refuse, type Field, type FieldOptions, type Kind, type Value } from './field';
import { formatDuration, formatSize, parseDuration, parseSize } from './quantity';
import { Secret } from './secret';

/** Bounds of a number, both included. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const WHOLE = /^-?\d{1,15}$/;

function within(
  value: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds,
  show: (value: number) => string,
): number {
  if (value < min) refuse(`is below the minimum of ${show(min)}`);
  if (value > max) refuse(`is above the maximum of ${show(max)}`);
  return value;
}

const wholeNumber = (raw: string): number => (WHOLE.test(raw) ? Number(raw) : refuse(`"${raw}" is not a whole number`));

/** A whole number, 0 or more unless `min` says otherwise. */
export const integer = <const O extends FieldOptions<number> & Bounds>(
  env: string,
  options: O,
): Field<Value<number, O>> =>
  makeField<number, O>(env, { type: 'integer', parse: (raw) => within(wholeNumber(raw), options, String) }, options);

/** A duration such as `250ms`, `10s`, `5m`, `1h`, as milliseconds. */
export const duration = <const O extends FieldOptions<number> & Bounds>(
  env: string,
  options: O,
): Field<Value<number, O>> => {
  const parse = (raw: string): number =>
    within(
      parseDuration(raw) ?? refuse(`"${raw}" is not a duration such as 250ms, 10s, 5m or 1h`),
      options,
      formatDuration,
    );
  return makeField<number, O>(env, { type: 'duration', parse, show: formatDuration }, options);
};

/** A size such as `512B`, `64KiB`, `1MiB`, as bytes. */
export const size = <const O extends FieldOptions<number> & Bounds>(
  env: string,
  options: O,
): Field<Value<number, O>> => {
  const parse = (raw: string): number =>
    within(parseSize(raw) ?? refuse(`"${raw}" is not a size such as 512B, 64KiB or 1MiB`), options, formatSize);
  return makeField<number, O>(env, { type: 'size', parse, show: formatSize }, options);
};

/** Text, any but empty. */
export const text = <const O extends FieldOptions<string> & { pattern?: RegExp }>(
  env: string,
  options: O,
): Field<Value<string, O>> => {
  const { pattern } = options;
  const parse = (raw: string): string =>
    pattern === undefined || pattern.test(raw) ? raw : refuse(`"${raw}" does not match ${String(pattern)}`);
  return makeField<string, O>(env, { type: 'text', parse }, options);
};

/** A secret: printed as `[redacted]`, read with `reveal()`. */
export const secret = <const O extends FieldOptions<Secret>>(env: string, options: O): Field<Value<Secret, O>> =>
  makeField<Secret, O>(env, { type: 'secret', parse: (raw) => new Secret(raw) }, options);

/** One of a list of words. */
export const choice = <const C extends string, const O extends FieldOptions<NoInfer<C>>>(
  env: string,
  choices: readonly C[],
  options: O,
): Field<Value<C, O>> => {
  const listed = choices.join(', ');
  const parse = (raw: string): C => choices.find((each) => each === raw) ?? refuse(`"${raw}" is not one of: ${listed}`);
  return makeField<C, O>(env, { type: `one of: ${listed}`, parse }, options);
};

/** `true` or `false`. */
export const flag = <const O extends FieldOptions<boolean>>(env: string, options: O): Field<Value<boolean, O>> => {
  const parse = (raw: string): boolean =>
    raw === 'true' || (raw === 'false' ? false : refuse(`"${raw}" is neither true nor false`));
  return makeField<boolean, O>(env, { type: 'true or false', parse }, options);
};

/** Words separated by commas, without empty ones; blanks around them are dropped. */
export const list = <const O extends FieldOptions<readonly string[]>>(
  env: string,
  options: O,
): Field<Value<readonly string[], O>> => {
  const kind: Kind<readonly string[]> = {
    type: 'list, separated by commas',
    parse: (raw) =>
      raw
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    show: (value) => value.join(','),
  };
  return makeField<readonly string[], O>(env, kind, options);
};
