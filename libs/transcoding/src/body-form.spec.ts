import { create, createRegistry, type JsonObject } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { authV1 } from '@gateway/contracts';
import type { BodyForm } from './options';
import { compileTranscoder } from './transcoder';

const METHOD = authV1.AuthProxyService.method.checkPermission;

/** `subject` is `who`, and `allowed` is `yes`. */
const form: BodyForm = {
  read(json) {
    const object = json as JsonObject;
    const unknown = 'subject' in object ? ['/subject'] : [];
    delete object['subject'];
    if ('who' in object) object['subject'] = object['who']!;
    delete object['who'];
    return unknown;
  },
  write(json) {
    const object = json as JsonObject;
    object['yes'] = object['allowed']!;
    delete object['allowed'];
  },
  locate: (pointer) => pointer.replace('/subject', '/who'),
};

const transcoder = (ignoreUnknownFields = false) =>
  compileTranscoder(METHOD, { variables: [], body: '*', responseBody: '' }, createRegistry(METHOD.parent.file), {
    requestForm: form,
    responseForm: form,
    ignoreUnknownFields,
  });

const decode = (body: unknown, ignoreUnknown = false) =>
  transcoder(ignoreUnknown).decode({ pathValues: [], query: '', body: Buffer.from(JSON.stringify(body)) });

describe('a body of another form', () => {
  test('becomes the message, and the message such a body', () => {
    expect(decode({ who: 'ada' })).toMatchObject({ subject: 'ada' });
    const response = create(METHOD.output, { allowed: true });
    expect(JSON.parse(String(transcoder().encode(response)))).toEqual({ yes: true });
  });

  test('is told where it is wrong in its own names', () => {
    const wrong = (pointer: string, rule: string) =>
      expect.objectContaining({
        context: expect.objectContaining({ errors: [expect.objectContaining({ pointer, rule })] }),
      });
    expect(() => decode({ subject: 'ada' })).toThrow(wrong('/subject', 'unknown'));
    expect(() => decode({ who: 7 })).toThrow(wrong('/who', 'type'));
  });

  test('may have members that it has not, where unknown ones are passed over', () => {
    expect(decode({ subject: 'ada', who: 'bob' }, true)).toMatchObject({ subject: 'bob' });
  });
});
