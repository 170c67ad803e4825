import { toJson } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { Controller, Get } from '@nestjs/common';
import { EdgeState } from './edge-state';

/** Which services there are, and where. */
@Controller('services')
export class ServicesController {
  constructor(private readonly state: EdgeState) {}

  @Get()
  list(): object {
    const { directory, upstreams, tunnels } = this.state.services;
    const services = upstreams.services().map((name) => ({
      name,
      // What may take something new …
      endpoints: upstreams.endpoints(name).map((endpoint) => ({ ...endpoint, tunnels: tunnels.count(name, endpoint) })),
      // … and everything that is registered.
      instances: directory?.instances(name).map((instance) => toJson(registryV1.InstanceSchema, instance)),
    }));
    return { directory: directory?.status ?? null, services };
  }
}
