import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';
import { serveGrpc, type GrpcFixture } from './grpc.fixture';

/** A registry played by a test: remembers what instances say of themselves. */
export class RegistryFixture {
  readonly registered: registryV1.RegisterRequest[] = [];
  readonly renewed: registryV1.RenewRequest[] = [];
  readonly deregistered: string[] = [];
  private served!: GrpcFixture;

  static async start(identityDir: string): Promise<RegistryFixture> {
    const fixture = new RegistryFixture();
    fixture.served = await serveGrpc(registryV1.RegistryService, identityDir, {
      register: (request: registryV1.RegisterRequest) => {
        fixture.registered.push(request);
        return { leaseId: request.instance?.id, lease: durationFromMs(1_000) };
      },
      renew: (request: registryV1.RenewRequest) => {
        fixture.renewed.push(request);
        return { lease: durationFromMs(1_000) };
      },
      deregister: ({ leaseId }: registryV1.DeregisterRequest) => {
        fixture.deregistered.push(leaseId);
        return {};
      },
    });
    return fixture;
  }

  get address(): string {
    return this.served.address;
  }

  stop(): void {
    this.served.stop();
  }
}
