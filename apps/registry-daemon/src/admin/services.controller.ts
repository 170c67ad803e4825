import { toJson } from '@bufbuild/protobuf';
import { Controller, Get } from '@nestjs/common';
import { registryV1 } from '@gateway/contracts';
import { RegistryPlane } from '../registry-plane';

/** Who is alive, for people. */
@Controller('services')
export class ServicesController {
  constructor(private readonly plane: RegistryPlane) {}

  @Get()
  list(): object {
    const { table, revisions } = this.plane;
    const { epoch, n } = revisions.latest;
    const services = [...table.counts().keys()].sort().map((name) => ({
      name,
      instances: table.of(name).map(({ instance, leaseMs }) => ({
        ...(toJson(registryV1.InstanceSchema, instance) as object),
        leaseMs,
      })),
    }));
    return { revision: { epoch, n: String(n) }, services };
  }
}
