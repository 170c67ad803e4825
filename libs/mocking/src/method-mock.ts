import {
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import type { FieldError } from '@gateway/errors';
import { Echo, isObject } from './echo';
import { maskMessage } from './mask';
import { generateMessage, maskedValue } from './message-generator';
import { SeededRandom } from './random';
import { Unsatisfiable } from './unsatisfiable';

/** A method whose answers are to be made. */
export interface MethodMockOptions {
  /** The path of the gRPC call: part of the seed, so that methods differ. */
  readonly path: string;
  readonly input: DescMessage;
  readonly output: DescMessage;
  /** Every type of the contract. */
  readonly registry: Registry;
  /** Answers in proto JSON that somebody wrote; while there are any, nothing else is answered. */
  readonly examples: readonly string[];
  /** Which of the answer's rules a message breaks; null: none. */
  readonly check: (message: Message) => readonly FieldError[] | null;
  /** Milliseconds since the Unix epoch; only for rules that ask for a time near now. */
  readonly now: () => number;
}

/** An answer, and where it is from. */
export interface MockAnswer {
  readonly message: Message;
  readonly source: 'contract' | 'example';
}

/** A method's mock, and what is wrong with what it is made from. */
export interface ReadMethodMock {
  /** Null: there are problems. */
  readonly mock: MethodMock | null;
  /** For the contract's author. */
  readonly problems: readonly string[];
}

/** Messages that are made and checked before a method counts as one that answers can be made for. */
const SAMPLES = 4;
/** How often a message is made anew when it breaks a rule that only the check knows, such as CEL. */
const TRIES = 32;
/** After so many the request isn't repeated: what it says may be what breaks the rule. */
const ECHO_TRIES = 8;

/** Answers in the place of one method. The same request gets the same answer, byte for byte, in every process. */
export class MethodMock {
  private constructor(
    private readonly options: MethodMockOptions,
    private readonly examples: readonly Message[],
    /** One that keeps all rules. */
    private readonly sample: Message,
  ) {}

  /** Reads the examples and makes a few answers, so that what can't be answered is known before it is asked for. */
  static read(options: MethodMockOptions): ReadMethodMock {
    const read = options.examples.map((text, index) => readExample(options, text, `examples[${index}]`));
    const problems = read.filter((each) => typeof each === 'string');
    if (problems.length > 0) return { mock: null, problems };
    const examples = read.filter((each) => typeof each !== 'string');
    const sample = examples[0] ?? sampleOf(options);
    if (typeof sample === 'string') return { mock: null, problems: [sample] };
    return { mock: new MethodMock(options, examples, sample), problems: [] };
  }

  /** How many examples there are. */
  get exampleCount(): number {
    return this.examples.length;
  }

  /**
   * Answers a request.
   * @param choice.seed makes other answers of the same request
   * @param choice.example which example, from 0; one that isn't there counts as not given
   */
  answer(request: Message, { seed = '', example }: { seed?: string; example?: number } = {}): MockAnswer {
    const chosen = example === undefined ? undefined : this.examples[example];
    if (chosen !== undefined) return { message: chosen, source: 'example' };
    const json = this.requestJson(request);
    const root = `${this.options.path}\n${JSON.stringify(sorted(json))}\n${seed}`;
    if (this.examples.length > 0) return { message: new SeededRandom(root).pick(this.examples), source: 'example' };
    return { message: this.generate(root, json), source: 'contract' };
  }

  /** A request in proto JSON, without what isn't set. */
  requestJson(request: Message): JsonObject {
    return toJson(this.options.input, request, { registry: this.options.registry }) as JsonObject;
  }

  /**
   * An answer with other values in the place of some of its own; objects are merged, anything else is replaced.
   * @throws Error when the values aren't of the answer's type
   */
  merged(answer: Message, values: JsonObject): Message {
    const { output, registry } = this.options;
    const json = toJson(output, answer, { registry }) as JsonObject;
    return fromJson(output, merge(output, json, values), { registry });
  }

  /**
   * The answer that somebody wrote in proto JSON.
   * @throws Error when it isn't of the answer's type
   */
  exact(values: JsonObject): Message {
    const { output, registry } = this.options;
    return fromJson(output, values, { registry });
  }

  private generate(root: string, request: JsonObject): Message {
    const echo = new Echo(this.options.input, request);
    for (let tries = 0; tries < TRIES; tries++) {
      const made = attempt(this.options, `${root}\n${tries}`, tries < ECHO_TRIES ? echo : null);
      if (made.problem === null) return made.message;
    }
    return this.sample;
  }
}

/** A message that keeps all rules, or why there is none. */
function sampleOf(options: MethodMockOptions): Message | string {
  let kept: Message | null = null;
  let problem = '';
  for (let index = 0; index < SAMPLES; index++) {
    const made = sampleFrom(options, `${options.path}\nsample ${index}`);
    if (made.problem === null) kept ??= made.message;
    else problem = made.problem;
  }
  return kept ?? `no answer can be made up: ${problem}; give mock_options.examples`;
}

function sampleFrom(options: MethodMockOptions, seed: string): Attempt {
  let made = attempt(options, seed, null);
  for (let tries = 1; tries < TRIES && made.problem !== null; tries++)
    made = attempt(options, `${seed}\n${tries}`, null);
  return made;
}

type Attempt = { readonly message: Message; readonly problem: null } | { readonly problem: string };

function attempt(options: MethodMockOptions, seed: string, echo: Echo | null): Attempt {
  const { output, registry, check, now } = options;
  try {
    const json = generateMessage(output, { random: new SeededRandom(seed), echo, now: now() });
    const message = fromJson(output, json, { registry });
    const broken = check(message)?.[0];
    if (broken === undefined) return { message, problem: null };
    return { problem: `${broken.pointer || 'the message'} breaks ${broken.rule}: ${broken.detail}` };
  } catch (error) {
    // What is repeated from the request, or made for a rule, need not be what the type can hold.
    return { problem: error instanceof Unsatisfiable ? error.message : `a value does not fit: ${String(error)}` };
  }
}

/** The example as a message, or what is wrong with it. */
function readExample(options: MethodMockOptions, text: string, place: string): Message | string {
  const { output, registry, check } = options;
  try {
    const json = JSON.parse(text) as JsonValue;
    const message = fromJson(output, isObject(json) ? mask(options, output, json) : json, { registry });
    const broken = check(message)?.[0];
    if (broken === undefined) return message;
    return `${place}: ${broken.pointer || 'the message'} breaks ${broken.rule}: ${broken.detail}`;
  } catch (error) {
    return `${place}: ${(error as Error).message}`;
  }
}

function mask({ path, now }: MethodMockOptions, desc: DescMessage, json: JsonObject): JsonObject {
  const generation = { random: new SeededRandom(`${path}\nmask`), echo: null, now: now() };
  return maskMessage(desc, json, (field) => maskedValue(field, generation));
}

/** Objects merged into objects; where a field has both of its names, the JSON name counts. */
function merge(desc: DescMessage | undefined, base: JsonObject, over: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const field = desc?.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    // One field of a oneof takes the place of the other.
    for (const rival of field?.oneof?.fields ?? []) delete merged[rival.jsonName];
    const name = field?.jsonName ?? key;
    const known = base[name];
    const isMessage = field === undefined || field.fieldKind === 'message';
    merged[name] = isMessage && isObject(known) && isObject(value) ? merge(field?.message, known, value) : value;
  }
  return merged;
}

/** With the keys of every object in one order: equal requests have equal texts. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
