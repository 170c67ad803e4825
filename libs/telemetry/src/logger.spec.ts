import { describe, expect, test } from '@jest/globals';
import { REDACTED, createLogger, currentRequest, flush, silentLogger, withRequest } from './index';

/** A logger, and the lines that it wrote. */
function capture(level = 'info') {
  const lines: Record<string, any>[] = []; // eslint-disable-line @typescript-eslint/no-explicit-any -- arbitrary JSON
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: createLogger({ service: 'edge-router', instance: 'edge-1', level, destination }) };
}

test('a line says when, how grave, who and what', () => {
  const { lines, logger } = capture();
  logger.info({ port: 8443 }, 'listens');
  logger.debug('not written');
  expect(lines).toEqual([
    { level: 'info', time: expect.any(String), service: 'edge-router', instance: 'edge-1', port: 8443, msg: 'listens' },
  ]);
  expect(new Date(lines[0]!['time'] as string).toISOString()).toBe(lines[0]!['time']);
});

test('an error is written with its stack', () => {
  const { lines, logger } = capture();
  logger.error({ err: new Error('boom') }, 'failed');
  expect(lines[0]!['err']).toMatchObject({ message: 'boom', stack: expect.stringContaining('logger.spec') });
});

describe('credentials are redacted', () => {
  test.each([
    [{ password: 'hunter2' }],
    [{ authorization: 'Bearer hunter2' }],
    [{ body: { accessToken: 'hunter2', refreshToken: 'hunter2' } }],
    [{ headers: { cookie: 'hunter2', 'set-cookie': ['hunter2'], 'proxy-authorization': 'hunter2' } }],
    [{ req: { headers: { authorization: 'hunter2', 'x-api-key': 'hunter2' } } }],
  ])('%j', (fields) => {
    const { lines, logger } = capture();
    logger.info(fields, 'x');
    const text = JSON.stringify(lines);
    expect(text).toContain(REDACTED);
    expect(text).not.toContain('hunter2');
  });
});

test('lines on behalf of a request carry its ids, also after waiting; others do not', async () => {
  const { lines, logger } = capture();
  await withRequest({ requestId: 'r1', traceId: 't1' }, async () => {
    expect(currentRequest()).toEqual({ requestId: 'r1', traceId: 't1' });
    await new Promise(setImmediate);
    logger.info('inside');
  });
  logger.info('outside');
  expect(lines[0]).toMatchObject({ msg: 'inside', requestId: 'r1', traceId: 't1' });
  expect(lines[1]).not.toHaveProperty('requestId');
  expect(currentRequest()).toBeUndefined();
});

test('flushing waits for what the destination still holds, where it holds anything', async () => {
  await flush(capture().logger);
  let release = (): void => undefined;
  const destination = { write: () => undefined, flush: (done: () => void) => (release = done) };
  let flushed = false;
  const flushing = flush(createLogger({ service: 's', instance: 'i', level: 'info', destination })).then(
    () => (flushed = true),
  );
  const endOfAWrite = async (): Promise<void> => {
    expect(flushed).toBe(false);
    release();
    await new Promise(setImmediate);
  };
  // The first end may be that of a write before the last line.
  await endOfAWrite();
  await endOfAWrite();
  await flushing;
});

test('a silent logger writes nothing, and standard output is where the others write', () => {
  expect(silentLogger().isLevelEnabled('fatal')).toBe(false);
  expect(createLogger({ service: 's', instance: 'i', level: 'silent' }).level).toBe('silent');
});
