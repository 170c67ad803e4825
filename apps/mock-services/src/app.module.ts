import { join } from 'node:path';
import type { DescService } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { loadIdentity, type Identity } from '@gateway/mtls';
import { grpcListener, type GrpcListener, type Service } from '@gateway/platform';
import type { Abstract, DynamicModule, Provider, Type } from '@nestjs/common';
import { CallsController } from './admin/calls.controller';
import { ScenarioController } from './admin/scenario.controller';
import { ServicesController } from './admin/services.controller';
import { Accounts } from './auth/accounts';
import { AuthController } from './auth/auth.controller';
import { Sessions } from './auth/sessions';
import { loadSigningKey } from './auth/signing-key';
import { Tokens } from './auth/tokens';
import { CallCounter } from './calls/call-counter';
import type { MockConfig } from './config';
import { EchoListener } from './echo/echo-listener';
import { AuthService } from './gen/auth/v1/auth_service_pb';
import { ProjectService } from './gen/project/v1/project_service_pb';
import { SimulationService } from './gen/simulation/v1/simulation_service_pb';
import { Listeners, type SwitchableListener } from './listeners';
import { PermissionStore } from './permissions/permission-store';
import { ProjectController } from './project/project.controller';
import { Projects } from './project/projects';
import { registerMock } from './registration';
import { loadScenarios, StageDirections } from './scenarios/stage-directions';
import { ACCOUNT_SEEDS, PROJECT_SEEDS, seedPermissions } from './seeds';
import { SimulationController } from './simulation/simulation.controller';
import { Simulations } from './simulation/simulations';

const { Protocol } = registryV1;
const EDGE = ['edge-router'];
const AUTH_PROXY = ['auth-proxy'];

/** Who may call the Auth service: users through the edge, the rest is the auth-proxy's. */
const AUTH_CALLERS = { GetJwks: AUTH_PROXY, ValidateToken: AUTH_PROXY, CheckPermission: AUTH_PROXY };

class MockServicesModule {}

/** The composition root: four services, each with its own identity, port and registration, in one process. */
export async function mockServicesModule(service: Service<MockConfig>): Promise<DynamicModule> {
  const { config } = service;
  const scenarios = config.scenarios === undefined ? new Map() : loadScenarios(config.scenarios);
  const directions = new StageDirections(scenarios, service.clock);
  const calls = new CallCounter(directions);
  const auth = grpc(service, 'auth-service', config.authPort, AuthService, AUTH_CALLERS);
  const project = grpc(service, 'project-service', config.projectPort, ProjectService);
  const simulation = grpc(service, 'simulation-service', config.simulationPort, SimulationService);
  const echo = echoOf(service, calls);
  const listeners = new Listeners({ auth, project, simulation, echo });
  service.info.add('services', () => listeners.addresses());
  if (config.registry === undefined) service.info.standalone('no GATEWAY_REGISTRY: the services are not registered');
  return {
    module: MockServicesModule,
    controllers: [
      AuthController,
      ProjectController,
      SimulationController,
      CallsController,
      ServicesController,
      ScenarioController,
    ],
    providers: [
      value(CallCounter, calls),
      value(StageDirections, directions),
      value(Listeners, listeners),
      ...(await stateOf(service)),
    ],
  };
}

/** What the services know: seeded, in memory. */
async function stateOf({ config, clock }: Service<MockConfig>): Promise<Provider[]> {
  const permissions = new PermissionStore();
  seedPermissions(permissions);
  const { tokenIssuer: issuer, tokenAudience: audience, tokenLife: lifeMs } = config;
  const key = await loadSigningKey(config.stateDir);
  return [
    value(PermissionStore, permissions),
    value(Accounts, await Accounts.seeded(ACCOUNT_SEEDS)),
    value(Sessions, new Sessions(clock)),
    value(Tokens, new Tokens(key, { issuer, audience, lifeMs }, clock)),
    value(Projects, new Projects(clock, PROJECT_SEEDS)),
    value(Simulations, new Simulations(clock, config.stepDuration)),
  ];
}

const value = <T>(provide: Type<T> | Abstract<T>, useValue: T): Provider => ({ provide, useValue });

function identityOf({ config, clock, lifecycle }: Service<MockConfig>, name: string): Identity {
  const identity = loadIdentity(join(config.identitiesDir, name), { clock });
  lifecycle.onStop(() => identity.close(), `identity of ${name}`);
  return identity;
}

function grpc(
  service: Service<MockConfig>,
  name: string,
  port: number,
  desc: DescService,
  allowMethod: Readonly<Record<string, readonly string[]>> = {},
): GrpcListener {
  const identity = identityOf(service, name);
  const listener = grpcListener(
    { ...service, identity },
    { address: { host: service.config.host, port }, services: [{ desc, allow: EDGE, allowMethod }] },
  );
  register(service, identity, listener, Protocol.GRPC, desc);
  return listener;
}

function echoOf(service: Service<MockConfig>, calls: CallCounter): EchoListener {
  const { config, clock, lifecycle } = service;
  const identity = identityOf(service, 'echo-service');
  const address = { host: config.host, port: config.echoPort };
  const echo = new EchoListener({ address, identity, allow: EDGE, calls, clock });
  lifecycle.onStart(() => echo.start(), 'echo');
  register(service, identity, echo, Protocol.HTTP1);
  lifecycle.onStop(() => echo.drain(), 'echo');
  return echo;
}

function register(
  service: Service<MockConfig>,
  identity: Identity,
  listener: SwitchableListener,
  protocol: registryV1.Protocol,
  desc?: DescService,
): void {
  const { registry } = service.config;
  if (registry !== undefined) registerMock(service, registry, { identity, listener, protocol, desc });
}
