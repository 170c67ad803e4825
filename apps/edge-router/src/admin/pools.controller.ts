import { Controller, Get } from '@nestjs/common';
import { EdgeState } from './edge-state';

/** Connections to upstreams. */
@Controller('pools')
export class PoolsController {
  constructor(private readonly state: EdgeState) {}

  @Get()
  pools(): object {
    const { clients, services } = this.state;
    return { grpc: clients.pool.stats(), http: clients.http.stats(), tunnels: services.tunnels.total };
  }
}
