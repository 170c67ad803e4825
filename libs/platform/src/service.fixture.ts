import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
import { adminFields, defineConfig, flag, platformFields, type Address, type InferConfig } from '@gateway/config';
import { createAuthority, type Authority } from '@gateway/testing';
import type { Service, ServiceDefinition } from './service';

/** The configuration of the test service. */
export const testConfig = defineConfig({
  app: 'test-service',
  prefix: 'TEST_',
  fields: {
    ...platformFields,
    ...adminFields('TEST_', 0),
    loud: flag('TEST_LOUD', { default: false, doc: 'Whether it shouts.' }),
  },
});
export type TestConfig = InferConfig<typeof testConfig>;

/** An environment in which the test service starts: any port, no waiting, no lines. */
export const quietEnvironment = {
  TEST_ADMIN_PORT: '0',
  GATEWAY_LOG_LEVEL: 'silent',
  GATEWAY_DRAIN_DELAY: '0ms',
};

/** A Nest module of controllers. */
export const moduleOf = (...controllers: Type[]): DynamicModule => ({ module: class TestModule {}, controllers });

/** A service whose module only runs `build`. */
export const testService = (
  build: (service: Service<TestConfig>) => DynamicModule = () => moduleOf(),
): ServiceDefinition<TestConfig> => ({ name: 'test-service', config: testConfig, module: build });

/** An authority in a folder of its own. */
export const newAuthority = (): Promise<Authority> => createAuthority(mkdtempSync(join(tmpdir(), 'platform-')));

/** The URL of a path on an admin plane. */
export const adminUrl = ({ host, port }: Address, path: string): string => `http://${host}:${port}${path}`;
