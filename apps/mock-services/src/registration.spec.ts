import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminFields, defineConfig, platformFields } from '@gateway/config';
import { compileContract, registryV1 } from '@gateway/contracts';
import {
  GrpcHandler,
  grpcListener,
  peerOf,
  startService,
  type AuthenticatedCall,
  type GrpcListener,
  type RunningService,
} from '@gateway/platform';
import { createAuthority, eventually } from '@gateway/testing';
import { Controller } from '@nestjs/common';
import { mockServicesModule } from './app.module';
import { mockConfig } from './config';

const { method } = registryV1.RegistryService;

interface Registered {
  readonly owner: string;
  readonly request: registryV1.RegisterRequest;
}
const registered: Registered[] = [];
const renewals: registryV1.RenewRequest[] = [];
const deregistered: string[] = [];

/** A registry that takes everything and remembers it. */
@Controller()
class RegistryController {
  @GrpcHandler(method.register)
  register(request: registryV1.RegisterRequest, _metadata: unknown, call: AuthenticatedCall) {
    registered.push({ owner: peerOf(call).name, request });
    return { leaseId: `lease of ${peerOf(call).name}`, lease: request.lease };
  }

  @GrpcHandler(method.renew)
  renew(request: registryV1.RenewRequest) {
    renewals.push(request);
    return {};
  }

  @GrpcHandler(method.deregister)
  deregister({ leaseId }: registryV1.DeregisterRequest) {
    deregistered.push(leaseId);
    return {};
  }
}

let dir: string;
let registry: RunningService;
let port: number;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mock-registration-'));
  const authority = await createAuthority(dir);
  const names = ['auth-service', 'project-service', 'simulation-service', 'echo-service', 'registry-daemon'];
  for (const name of names) await authority.issue(name);
  let listener: GrpcListener | undefined;
  const config = defineConfig({
    app: 'registry',
    prefix: 'REG_',
    fields: { ...platformFields, ...adminFields('REG_', 0) },
  });
  registry = await startService(
    {
      name: 'registry',
      config,
      module: (service) => {
        listener = grpcListener(service, {
          address: { host: '127.0.0.1', port: 0 },
          services: [{ desc: registryV1.RegistryService }],
        });
        return { module: class RegistryModule {}, controllers: [RegistryController] };
      },
    },
    { GATEWAY_LOG_LEVEL: 'silent', GATEWAY_DRAIN_DELAY: '0ms', GATEWAY_IDENTITY_DIR: join(dir, 'registry-daemon') },
  );
  port = listener!.address.port;
}, 20_000);

afterAll(async () => {
  await registry.stop();
  rmSync(dir, { recursive: true, force: true });
}, 20_000);

test('each service registers itself under its own identity with its contract, and leaves when told to end', async () => {
  const mocks = await startService(
    { name: 'mock-services', config: mockConfig, module: mockServicesModule },
    {
      GATEWAY_LOG_LEVEL: 'silent',
      GATEWAY_DRAIN_DELAY: '0ms',
      GATEWAY_INSTANCE_ID: 'mock-1',
      GATEWAY_REGISTRY: `localhost:${port}`,
      MOCK_ADMIN_PORT: '0',
      MOCK_AUTH_PORT: '0',
      MOCK_PROJECT_PORT: '0',
      MOCK_SIMULATION_PORT: '0',
      MOCK_ECHO_PORT: '0',
      MOCK_IDENTITIES_DIR: dir,
    },
  );
  await eventually(() => expect(registered).toHaveLength(4));
  for (const { owner, request } of registered) {
    expect(request.instance).toMatchObject({
      id: 'mock-1',
      service: owner,
      address: expect.stringMatching(/^localhost:\d+$/),
    });
  }
  const contracts = registered.filter(({ request }) => request.descriptorSet.length > 0);
  const services = contracts.flatMap(({ request }) => compileContract(request.descriptorSet).services);
  expect(services.map((service) => service.typeName).sort()).toEqual([
    'auth.v1.AuthService',
    'project.v1.ProjectService',
    'simulation.v1.SimulationService',
  ]);
  const checks = () => mocks.service.health.checks().filter(({ name }) => name.startsWith('registration of'));
  await eventually(() => expect(checks().map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']));

  await mocks.stop();
  expect(renewals.map(({ state }) => state)).toContain(registryV1.InstanceState.DRAINING);
  expect(deregistered.toSorted()).toEqual(registered.map(({ owner }) => `lease of ${owner}`).toSorted());
}, 20_000);
