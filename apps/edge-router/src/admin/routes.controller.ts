import { Controller, Get } from '@nestjs/common';
import { describeRoute } from '../snapshot/describe';
import type { SourceState } from '../snapshot/source-ledger';
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

  /** Which version of each source is in force since when, how much it contributes, and what was refused last. */
  @Get('snapshot')
  snapshot(): object {
    const { revision, since, routes, problems } = this.state.routes.current;
    const sources: Record<string, number> = {};
    for (const { declaredBy } of routes) sources[declaredBy] = (sources[declaredBy] ?? 0) + 1;
    const contracts = this.state.services.directory?.contracts() ?? [];
    return {
      revision,
      since: dated(since),
      routes: routes.length,
      sources,
      versions: this.state.sources.all().map(describe),
      // What the registry says, taken or not.
      contracts: contracts.map(({ service, digest }) => ({ service, digest })),
      problems,
    };
  }
}

const dated = (at: number): string => new Date(at).toISOString();

const describe = ({ name: source, version, since, isRefused, lastRefusal }: SourceState): object => ({
  source,
  version,
  since: since === null ? null : dated(since),
  state: isRefused ? 'refused' : 'in force',
  lastRefusal: lastRefusal && { ...lastRefusal, at: dated(lastRefusal.at) },
});
