import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { ValidationResult, Violation } from '@bufbuild/protovalidate';
import type { FieldError } from '@gateway/errors';
import { jsonPointer } from './json-pointer';
import { holdsMoreThan } from './message-size';
import type { Validators } from './validators';

/** The rules of one message type, ready to be applied. */
export interface MessageRules {
  /**
   * Which rules a message breaks; null: none. Never throws. A rule that can't be evaluated for this message (CEL that
   * divides by a field that is 0) counts as broken, with the rule `evaluation`: nobody has shown that the message is right.
   */
  check(message: Message): readonly FieldError[] | null;
}

/** Broken rules that one answer reports. */
const MAX_ERRORS = 16;
/** In messages with more values than that only the first broken rule is looked for: finding all costs some 6 µs each. */
const MAX_VALUES = 256;
/** Longest explanation: CEL may put values of the request into it. */
const MAX_DETAIL = 300;

/** Rules that are known to compile. */
export function messageRules(desc: DescMessage, { first, all }: Validators): MessageRules {
  return {
    check(message) {
      const result = first.validate(desc, message);
      if (result.kind === 'valid') return null;
      if (result.kind === 'error' || holdsMoreThan(message, MAX_VALUES)) return errorsOf(result);
      const whole = all.validate(desc, message);
      // What stops at the first has found one already; further ones may not be possible to evaluate.
      return errorsOf(whole.kind === 'invalid' ? whole : result);
    },
  };
}

function errorsOf(result: Exclude<ValidationResult, { kind: 'valid' }>): FieldError[] {
  if (result.kind === 'invalid') return result.violations.slice(0, MAX_ERRORS).map(errorOf);
  return [{ pointer: '', rule: 'evaluation', detail: 'a rule cannot be evaluated for this message' }];
}

function errorOf({ field, ruleId, message, forKey }: Violation): FieldError {
  const text = message.slice(0, MAX_DETAIL);
  return { pointer: jsonPointer(field), rule: ruleId, detail: forKey ? `the key: ${text}` : text };
}
