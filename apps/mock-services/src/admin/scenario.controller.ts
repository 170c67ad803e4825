import { GatewayError } from '@gateway/errors';
import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { StageDirections } from '../scenarios/stage-directions';

/** Which scenario the services play: failures and delays on demand. */
@Controller('scenario')
export class ScenarioController {
  constructor(private readonly directions: StageDirections) {}

  @Get()
  current(): object {
    const { current } = this.directions;
    const session = current?.states()[0];
    return {
      scenario: current?.scenario.name ?? null,
      state: current === null ? null : (session?.state ?? current.scenario.initial),
      calls: session?.calls ?? 0,
      known: this.directions.names(),
    };
  }

  /** From its beginning, also when it is on already. */
  @Post(':name')
  @HttpCode(200)
  use(@Param('name') name: string): object {
    if (!this.directions.use(name)) throw new GatewayError('GW_NOT_FOUND', { detail: `There is no scenario ${name}` });
    return this.current();
  }

  /** The services behave as ever. */
  @Delete()
  @HttpCode(204)
  end(): void {
    this.directions.use(null);
  }
}
