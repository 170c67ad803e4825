import { describe, expect, test } from '@jest/globals';
import { create, type JsonObject, type Message } from '@bufbuild/protobuf';
import type { FieldError } from '@gateway/errors';
import { answer, contextOf, grpcRoute, httpRoute, METHOD, principal, refusal, run } from '../../pipeline.fixture';
import type { Route } from '../route';
import { validate, type ValidatePorts } from './validate';
import { validateResponse } from './validate-response';

const message = create(METHOD.input, { subject: 's', permission: '', resource: 'r' });
const responseMessage = create(METHOD.output, { allowed: true });

const error = (pointer: string, rule = 'string.min_len'): FieldError => ({ pointer, rule, detail: 'must be longer' });

/** A route whose messages break these rules. */
function ruled(
  errors: readonly FieldError[] | null,
  given: { mode?: string; response?: string; body?: string } = {},
): Route {
  const { mode, response, body = '' } = given;
  const validation = { ...(mode ? { mode } : {}), ...(response ? { response } : {}) };
  const route = grpcRoute({ policy: { validation } as JsonObject, body });
  const rules = { check: (checked: Message) => (checked === message || checked === responseMessage ? errors : null) };
  return { ...route, target: { ...route.target, rules: { request: rules, response: rules } } as Route['target'] };
}

function ports(): ValidatePorts & { counted: string[] } {
  const counted: string[] = [];
  return {
    counted,
    shadowCountFor: (route, direction) => (rule, consumer) =>
      void counted.push(`${route} ${direction} ${rule} ${consumer}`),
  };
}

describe('validate', () => {
  test('lets a right request pass', async () => {
    expect((await run(validate(ruled(null), ports()), contextOf({}, { message }))).status).toBe(200);
  });

  test('refuses a wrong one before anything is called, with where and why', async () => {
    const stage = validate(ruled([error('/subject'), error('/permission')]), ports());
    const next = () => Promise.reject(new Error('called'));
    const { code, context } = (await refusal(stage, contextOf({}, { message }), next)) as never as {
      code: string;
      context: { errors: FieldError[] };
    };
    expect(code).toBe('GW_INVALID_FIELD');
    expect(context.errors).toEqual([error('path/subject'), error('query/permission')]);
  });

  test('points into the body where the field came from there', async () => {
    const stage = validate(ruled([error('/subject'), error('/permission'), error('')], { body: '*' }), ports());
    const { context } = (await refusal(stage, contextOf({}, { message }))) as never as {
      context: { errors: FieldError[] };
    };
    expect(context.errors.map(({ pointer }) => pointer)).toEqual(['path/subject', '/permission', '']);
  });

  test('counts in shadow mode, each rule once, by who called', async () => {
    const counting = ports();
    const stage = validate(ruled([error('/a'), error('/b'), error('/c', 'x')], { mode: 'SHADOW' }), counting);
    expect((await run(stage, contextOf({}, { message, principal: principal() }))).status).toBe(200);
    await run(stage, contextOf({}, { message }));
    expect(counting.counted).toEqual([
      'test request string.min_len ada',
      'test request x ada',
      'test request string.min_len anonymous',
      'test request x anonymous',
    ]);
  });

  test('is there only where something is to check', () => {
    expect(validate(httpRoute(), ports())).toBeNull();
    expect(validate(grpcRoute(), ports())).toBeNull();
  });
});

describe('validateResponse', () => {
  const answered = contextOf({}, { responseMessage });

  test('lets a right response pass, and one that no service has just made', async () => {
    expect((await run(validateResponse(ruled(null), ports()), answered)).status).toBe(200);
    expect((await run(validateResponse(ruled([error('/x')]), ports()), contextOf())).status).toBe(200);
  });

  test('counts what breaks a rule in shadow mode', async () => {
    const counting = ports();
    const response = await run(validateResponse(ruled([error('/x')], { response: 'SHADOW' }), counting), answered);
    expect([response.status, counting.counted]).toEqual([200, ['test response string.min_len anonymous']]);
  });

  test('blames the upstream when it is enforced', async () => {
    const stage = validateResponse(ruled([error('/x')], { response: 'ENFORCE' }), ports());
    const { code, context } = await refusal(stage, answered, () => Promise.resolve(answer()));
    expect([code, context.cause]).toEqual(['GW_UPSTREAM_PROTOCOL', { broken: [error('/x')] }]);
  });

  test('is there only where something is to check', () => {
    expect(validateResponse(httpRoute(), ports())).toBeNull();
    expect(validateResponse(grpcRoute(), ports())).toBeNull();
  });
});
