import { GatewayError } from '@gateway/errors';

/** An error about one field (JSON pointer), INVALID_ARGUMENT on the wire. */
export const invalidField = (pointer: string, rule: string, detail: string): GatewayError =>
  new GatewayError('GW_INVALID_FIELD', { detail: `${pointer}: ${detail}`, errors: [{ pointer, rule, detail }] });

/** @throws GatewayError GW_INVALID_FIELD when the text's length in characters is out of bounds */
export function checkLength(pointer: string, value: string, min: number, max: number): void {
  const length = [...value].length;
  if (length < min || length > max)
    throw invalidField(pointer, 'string.length', `must have ${min} to ${max} characters`);
}

/** @throws GatewayError GW_INVALID_FIELD when the number is out of bounds */
export function checkRange(pointer: string, value: number, min: number, max: number): void {
  if (value < min || value > max) throw invalidField(pointer, 'int32.range', `must be ${min} to ${max}`);
}
