import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { EdgeState } from './edge-state';

/** Decisions that the overview shows of each service. */
const TAIL = 6;

/** Connections to upstreams, and how many there should be. */
@Controller('pools')
export class PoolsController {
  constructor(private readonly state: EdgeState) {}

  @Get()
  pools(): object {
    const { clients, services, scaling } = this.state;
    return {
      grpc: clients.pool.stats(),
      http: clients.http.stats(),
      tunnels: services.tunnels.total,
      policy: scaling.policy,
      services: scaling.services(TAIL),
    };
  }

  /** The whole ledger that is kept of a service. */
  @Get(':service')
  service(@Param('service') service: string): object {
    const scaling = this.state.scaling.service(service);
    if (scaling === null) throw new NotFoundException(`Nobody has called ${service}`);
    return scaling;
  }
}
