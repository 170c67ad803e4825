import { Controller, Get } from '@nestjs/common';
import { describeRoute } from '../snapshot/describe';
import { EdgeState } from './edge-state';

/** Which routes are in force, and what is wrong with their sources. */
@Controller()
export class RoutesController {
  constructor(private readonly state: EdgeState) {}

  @Get('routes')
  routes(): object {
    const { routes, problems } = this.state.routes.current;
    return { routes: routes.map(describeRoute), problems };
  }

  @Get('snapshot')
  snapshot(): object {
    const { revision, since, routes, problems } = this.state.routes.current;
    const sources: Record<string, number> = {};
    for (const { declaredBy } of routes) sources[declaredBy] = (sources[declaredBy] ?? 0) + 1;
    const contracts = this.state.services.directory?.contracts() ?? [];
    return {
      revision,
      since: new Date(since).toISOString(),
      sources,
      contracts: contracts.map(({ service, digest }) => ({ service, digest })),
      problems,
    };
  }
}
