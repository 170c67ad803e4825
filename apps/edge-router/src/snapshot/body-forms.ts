import type { DescMessage, DescMethod } from '@bufbuild/protobuf';
import type { HttpBinding } from '@gateway/contracts';
import { type JsonForm, VersionForms } from '@gateway/versioning';
import type { BodyForms } from '../pipeline/route';

/** Bodies as the messages have them. */
const AS_THEY_ARE: BodyForms = { request: null, response: null };

/**
 * What the bodies of a binding look like in a version of the API.
 * @param version null: none, and so as the messages are
 * @throws FormError when the contract's changes between versions can't be made
 */
export function bodyForms(
  { input, output }: Pick<DescMethod, 'input' | 'output'>,
  { body, responseBody }: Pick<HttpBinding, 'body' | 'responseBody'>,
  version: string | null,
): BodyForms {
  if (version === null) return AS_THEY_ARE;
  const forms = new VersionForms(version);
  return {
    request: body === '' ? null : formOf(forms, input, body),
    response: formOf(forms, output, responseBody || '*'),
  };
}

function formOf(forms: VersionForms, message: DescMessage, body: string): JsonForm | null {
  if (body === '*') return forms.ofMessage(message);
  const field = message.fields.find(({ name, jsonName }) => name === body || jsonName === body);
  // A binding to a field that isn't there is told by whoever reads the body.
  return field === undefined ? null : forms.ofField(field);
}
