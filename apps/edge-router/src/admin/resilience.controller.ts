import { Controller, Get } from '@nestjs/common';
import { OverloadGuard } from '../resilience/overload-guard';
import { ResilienceState } from '../resilience/resilience-state';

/** What is held back at present, and why. */
@Controller('resilience')
export class ResilienceController {
  constructor(
    private readonly state: ResilienceState,
    private readonly overload: OverloadGuard,
  ) {}

  @Get()
  resilience(): object {
    const { state, overload } = this;
    return {
      overload: overload.report(),
      // Those that aren't closed.
      breakers: state.openBreakers(),
      // Of endpoints that have calls, or an adaptive limit.
      endpoints: state.endpointLoads(),
      // Of services that have requests.
      budgets: state.runningBudgets(),
    };
  }
}
