import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ConfigError } from '@gateway/config';
import { fakeClock } from '@gateway/testing';
import { prepareService } from './prepare';
import { newAuthority, quietEnvironment, testConfig } from './service.fixture';

const definition = { name: 'test-service', config: testConfig };

test('a service without an identity says so by null, and has a name of its own', () => {
  const [one, two] = [prepareService(definition, quietEnvironment), prepareService(definition, quietEnvironment)];
  expect(one.identity).toBeNull();
  expect(one.instanceId).toMatch(/^test-service-/);
  expect(one.instanceId).not.toBe(two.instanceId);
  expect(one.health.checks()).toEqual([]);
});

test('a rotated identity is used; a broken one is not, and shows in health until it is mended', async () => {
  const authority = await newAuthority();
  const dir = await authority.issue('auth-proxy');
  const clock = fakeClock({ now: Date.now() });
  const { identity, health } = prepareService(
    definition,
    { ...quietEnvironment, GATEWAY_IDENTITY_DIR: dir },
    { clock },
  );
  const check = () => health.checks()[0];
  expect(check()).toMatchObject({ name: 'identity', required: false, state: 'ok' });
  const before = identity!.cert;

  writeFileSync(join(dir, 'cert.pem'), 'half written');
  clock.advance(1_000);
  expect(check()).toMatchObject({ state: 'degraded', why: 'cert.pem holds no certificate' });
  expect(identity!.cert).toBe(before);
  expect(health.ready).toBe(true);

  await authority.issue('auth-proxy');
  clock.advance(1_000);
  expect(check()).toMatchObject({ state: 'ok' });
  expect(identity!.cert).not.toBe(before);
  identity!.close();
});

test('an identity that cannot be used is a wrong configuration', async () => {
  const authority = await newAuthority();
  const expired = await authority.issue('auth-proxy', { expired: true });
  const prepare = (dir: string) => () => prepareService(definition, { ...quietEnvironment, GATEWAY_IDENTITY_DIR: dir });
  expect(prepare(expired)).toThrow(ConfigError);
  expect(prepare(expired)).toThrow(/^GATEWAY_IDENTITY_DIR: cert.pem expired at /);
  const mixed = await authority.issue('ws-node');
  copyFileSync(join(expired, 'key.pem'), join(mixed, 'key.pem'));
  expect(prepare(mixed)).toThrow('GATEWAY_IDENTITY_DIR: key.pem is not the key of');
});
