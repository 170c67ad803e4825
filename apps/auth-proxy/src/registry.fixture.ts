import { adminFields, defineConfig, platformFields } from '@gateway/config';
import { registryV1 } from '@gateway/contracts';
import {
  abortSignalOf,
  GrpcHandler,
  grpcListener,
  peerOf,
  startService,
  type AuthenticatedCall,
  type CancellableCall,
  type GrpcListener,
} from '@gateway/platform';
import { Controller } from '@nestjs/common';

const { method } = registryV1.RegistryService;

/** What the registry of a test tells, and what it was told. */
class State {
  readonly instances: registryV1.Instance[] = [];
  readonly registered: { owner: string; instance: registryV1.Instance }[] = [];
  readonly renewed: registryV1.InstanceState[] = [];
  readonly deregistered: string[] = [];
}

@Controller()
class RegistryController {
  constructor(private readonly state: State) {}

  @GrpcHandler(method.register)
  register({ instance, lease }: registryV1.RegisterRequest, _metadata: unknown, call: AuthenticatedCall) {
    this.state.registered.push({ owner: peerOf(call).name, instance: instance! });
    return { leaseId: instance!.id, lease };
  }

  @GrpcHandler(method.renew)
  renew({ state }: registryV1.RenewRequest) {
    this.state.renewed.push(state);
    return {};
  }

  @GrpcHandler(method.deregister)
  deregister({ leaseId }: registryV1.DeregisterRequest) {
    this.state.deregistered.push(leaseId);
    return {};
  }

  @GrpcHandler(method.watch)
  async *watch(_request: unknown, _metadata: unknown, call: CancellableCall) {
    const signal = abortSignalOf(call);
    yield {
      revision: { epoch: 'e', n: 1n },
      event: { case: 'snapshot', value: { instances: this.state.instances, contracts: [] } },
    };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

/** A registry over real mutual TLS that takes everything. */
export interface TestRegistry {
  readonly port: number;
  readonly state: State;
  end(): Promise<unknown>;
}

/** @param identityDir whose certificate it shows */
export async function startRegistry(identityDir: string): Promise<TestRegistry> {
  const state = new State();
  let listener: GrpcListener | undefined;
  const fields = { ...platformFields, ...adminFields('REGISTRY_', 0) };
  const running = await startService(
    {
      name: 'registry-daemon',
      config: defineConfig({ app: 'registry-daemon', prefix: 'REGISTRY_', fields }),
      module: (service) => {
        listener = grpcListener(service, {
          address: { host: '127.0.0.1', port: 0 },
          services: [{ desc: registryV1.RegistryService, allow: ['auth-proxy'] }],
        });
        return {
          module: class RegistryModule {},
          controllers: [RegistryController],
          providers: [{ provide: State, useValue: state }],
        };
      },
    },
    { GATEWAY_LOG_LEVEL: 'silent', GATEWAY_DRAIN_DELAY: '0ms', GATEWAY_IDENTITY_DIR: identityDir },
  );
  return { port: listener!.address.port, state, end: () => running.stop() };
}
