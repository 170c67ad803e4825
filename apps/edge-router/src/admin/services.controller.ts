import { toJson } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { Controller, Get } from '@nestjs/common';
import { EdgeState } from './edge-state';

/** Which services there are, where, and how their endpoints do. */
@Controller('services')
export class ServicesController {
  constructor(private readonly state: EdgeState) {}

  @Get()
  list(): object {
    const { directory, upstreams } = this.state.services;
    const services = upstreams.services().map((name) => ({
      name,
      // Whether too few endpoints were usable at the latest call, so that all of them get calls.
      panic: upstreams.ledgerOf(name).panicking,
      // What may take something new, as this edge sees it …
      endpoints: this.endpointsOf(name),
      // … and everything that is registered.
      instances: directory?.instances(name).map((instance) => toJson(registryV1.InstanceSchema, instance)),
    }));
    return { directory: directory?.status ?? null, services };
  }

  private endpointsOf(service: string): object[] {
    const { upstreams, tunnels } = this.state.services;
    const ledger = upstreams.ledgerOf(service);
    return ledger.endpoints.map((tracked) => {
      const { withheld: _, ...endpoint } = tracked.endpoint;
      return { ...endpoint, ...ledger.view(tracked), tunnels: tunnels.count(service, tracked.endpoint) };
    });
  }
}
