import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { adminFields, choice, defineConfig, json, loadConfig, platformFields, port, type InferConfig } from './index';

const definition = defineConfig({
  app: 'edge-router',
  prefix: 'EDGE_',
  fields: {
    ...platformFields,
    ...adminFields('EDGE_', 9901),
    httpPort: port('EDGE_HTTP_PORT', { default: 8080, off: true, doc: 'x' }),
    mode: choice('EDGE_HTTP_MODE', ['redirect', 'serve'], { default: 'redirect', doc: 'x' }),
    limits: json('EDGE_LIMITS', z.record(z.string(), z.number()), { optional: true, doc: 'x' }),
    tiers: json('EDGE_TIERS', z.array(z.strictObject({ name: z.string() })), { default: [], doc: 'x' }),
  },
});
type Config = InferConfig<typeof definition>;

/** Fails to compile when the types differ. */
function typed<T>(value: T): T {
  return value;
}

test('values have the types of their fields', () => {
  const config: Config = loadConfig(definition, { EDGE_HTTP_PORT: '', EDGE_TIERS: '[{"name":"a"}]' });
  expect(typed<number | null>(config.httpPort)).toBeNull();
  expect(typed<'redirect' | 'serve'>(config.mode)).toBe('redirect');
  expect(typed<Record<string, number> | undefined>(config.limits)).toBeUndefined();
  expect(typed<readonly { name: string }[]>(config.tiers)).toEqual([{ name: 'a' }]);
  expect(typed<number>(config.adminPort)).toBe(9901);
  expect(typed<string | undefined>(config.identityDir)).toBeUndefined();
});
