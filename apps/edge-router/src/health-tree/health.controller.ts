import { Controller, Get, Query } from '@nestjs/common';
import { PlatformHealth } from './platform-health';
import type { PlatformNode } from './tree';

/** The state of the whole platform, for operators: the admin plane answers it over loopback only. */
@Controller('health')
export class HealthController {
  constructor(private readonly health: PlatformHealth) {}

  /** With `?fresh` it is computed now, at most once a second. */
  @Get()
  tree(@Query('fresh') fresh: string | undefined): Promise<PlatformNode> {
    return fresh === undefined ? this.health.current() : this.health.fresh();
  }
}
