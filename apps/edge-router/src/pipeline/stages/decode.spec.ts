import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { contextOf, grpcRoute, httpRoute, refusal, type RouteGiven, run } from '../../pipeline.fixture';
import { requestMessage } from '../request-message';
import { decode } from './decode';

const clock = fakeClock();
const stageFor = (given: RouteGiven = {}) => decode(grpcRoute(given), { clock, bodyLimit: 64 });
const whole = { body: '*' };
const json = (value: unknown, headers: string[] = []) =>
  contextOf({ body: Buffer.from(JSON.stringify(value)), headers }, { captures: ['s1'] });

describe('decode', () => {
  test('makes the message of path and query, and leaves the body alone', async () => {
    const context = contextOf({ body: Buffer.from('ignored') }, { captures: ['a%20b'], query: 'permission=p' });
    await run(stageFor(), context);
    expect(context.message).toMatchObject({ subject: 'a b', permission: 'p' });
    expect(context.bodyTaken).toBe(false);
  });

  test.each([undefined, 'application/json', 'Application/JSON; charset=utf-8', 'application/merge-patch+json'])(
    'reads a body of type %s',
    async (type) => {
      const context = json({ resource: 'r' }, type === undefined ? [] : ['content-type', type]);
      await run(stageFor(whole), context);
      expect(context.message).toMatchObject({ subject: 's1', resource: 'r' });
    },
  );

  test('reads a body that streams, and one that is not there', async () => {
    const streamed = contextOf(
      { body: Readable.from([Buffer.from('{"resource"'), Buffer.from(':"r"}')]) },
      { captures: ['s'] },
    );
    await run(stageFor(whole), streamed);
    expect(streamed.message).toMatchObject({ resource: 'r' });
    const none = contextOf({ headers: ['content-type', 'text/plain'] }, { captures: ['s'] });
    await run(stageFor(whole), none);
    expect(none.message).toMatchObject({ subject: 's', resource: '' });
  });

  test('refuses other types, too much, and what does not fit', async () => {
    const codes = async (context: ReturnType<typeof contextOf>, given: RouteGiven = whole) =>
      (await refusal(stageFor(given), context)).code;
    expect(await codes(json({}, ['content-type', 'application/xml']))).toBe('GW_UNSUPPORTED_MEDIA_TYPE');
    expect(await codes(json({}, ['content-type', 'application/json; charset=latin1']))).toBe(
      'GW_UNSUPPORTED_MEDIA_TYPE',
    );
    expect(await codes(json({}, ['content-length', '65']))).toBe('GW_BODY_TOO_LARGE');
    expect(await codes(json({ resource: 'x'.repeat(64) }))).toBe('GW_BODY_TOO_LARGE');
    expect(await codes(json({ nope: 1 }))).toBe('GW_INVALID_FIELD');
    expect(await codes(contextOf({}, { captures: ['%FF'] }))).toBe('GW_INVALID_FIELD');
  });

  test('refuses a compressed body, and says that it must not be', async () => {
    const { code, context } = await refusal(stageFor(whole), json({}, ['content-encoding', 'GZIP']));
    expect(code).toBe('GW_UNSUPPORTED_MEDIA_TYPE');
    expect(context.headers).toEqual(['accept-encoding', 'identity']);
    await run(stageFor(whole), json({}, ['content-encoding', 'identity']));
  });

  test('takes the bound of the policy', async () => {
    const stage = stageFor({ ...whole, policy: { maxBodyBytes: '1000' } });
    await run(stage, json({ resource: 'x'.repeat(64) }));
    expect((await refusal(stage, json({ resource: 'x'.repeat(1_000) }))).code).toBe('GW_BODY_TOO_LARGE');
  });

  test('does it once', async () => {
    const route = grpcRoute();
    const context = contextOf({}, { captures: ['s'] });
    const message = await requestMessage(route, { clock, bodyLimit: 1 })(context);
    await run(decode(route, { clock, bodyLimit: 1 }), context);
    expect(context.message).toBe(message);
  });

  test('is not there for an HTTP upstream', () => {
    expect(decode(httpRoute(), { clock, bodyLimit: 1 })).toBeNull();
    expect(() => requestMessage(httpRoute(), { clock, bodyLimit: 1 })).toThrow('test has no request message');
  });
});
