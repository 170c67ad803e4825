import type { DescMessage } from '@bufbuild/protobuf';
import type { FieldError } from '@gateway/errors';
import { type FieldPath, findFieldPath, leafOf } from './field-path';
import { isTextField, isTextList } from './text-value';

/** One value from the URL and the field that it belongs to. */
export interface Parameter {
  /** `query/<name>` or `path/<name>`. */
  readonly pointer: string;
  readonly path: FieldPath;
  readonly text: string;
}

/** Names that were looked up once are remembered, as many as an honest client can use. */
const REMEMBERED_NAMES = 256;
/** Longest part of a caller's name that an error repeats. */
const SHOWN_NAME = 128;

const NO_FIELD = 'there is no such parameter';

/** Maps query parameters to the fields of a message that neither the path nor the body binds. */
export class QueryBinding {
  private readonly known = new Map<string, FieldPath | string>();

  /**
   * @param bound names of fields that the path or the body binds; a parameter for one, or for a field inside, is refused
   * @param max parameters of one request
   * @param ignoreUnknown whether names that no field has are passed over
   */
  constructor(
    private readonly message: DescMessage,
    private readonly bound: readonly string[],
    private readonly max: number,
    private readonly ignoreUnknown: boolean,
  ) {}

  /**
   * The parameters of a query.
   * @param query without `?`; `+` is a space (application/x-www-form-urlencoded)
   * @param errors takes what is wrong
   */
  read(query: string, errors: FieldError[]): Parameter[] {
    const parameters: Parameter[] = [];
    if (query === '') return parameters;
    const pairs = query.split('&', this.max + 1);
    if (pairs.length > this.max) {
      errors.push({ pointer: 'query', rule: 'size', detail: `at most ${this.max} parameters` });
      return parameters;
    }
    for (const pair of pairs) if (pair !== '') this.readPair(pair, parameters, errors);
    return parameters;
  }

  private readPair(pair: string, parameters: Parameter[], errors: FieldError[]): void {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const text = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (name === null || text === null) {
      errors.push({ pointer: 'query', rule: 'encoding', detail: 'a parameter is not percent-encoded UTF-8' });
      return;
    }
    const pointer = `query/${name.slice(0, SHOWN_NAME)}`;
    const path = this.resolve(name);
    if (path === NO_FIELD && this.ignoreUnknown) return;
    if (typeof path === 'string') errors.push({ pointer, rule: 'unknown', detail: path });
    else parameters.push({ pointer, path, text });
  }

  private resolve(name: string): FieldPath | string {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const resolved = this.find(name);
    if (this.known.size < REMEMBERED_NAMES) this.known.set(name, resolved);
    return resolved;
  }

  private find(name: string): FieldPath | string {
    const path = findFieldPath(this.message, name.split('.'));
    if (path === undefined) return NO_FIELD;
    const full = path.map((field) => field.name).join('.');
    if (this.bound.some((each) => full === each || full.startsWith(`${each}.`))) return 'not taken from the query';
    const leaf = leafOf(path);
    return isTextField(leaf) || isTextList(leaf) ? path : 'cannot be written in a query';
  }
}

function decode(text: string): string | null {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return null;
  }
}
