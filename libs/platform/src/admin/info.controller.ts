import { Controller, Get, Inject } from '@nestjs/common';
import type { Service } from '../service';
import { SERVICE } from '../tokens';

/** Who this process is, and what the app adds about itself. */
@Controller()
export class InfoController {
  constructor(@Inject(SERVICE) private readonly service: Service) {}

  @Get('info')
  info(): Promise<Record<string, unknown>> {
    return this.service.info.read();
  }
}
