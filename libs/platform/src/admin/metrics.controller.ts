import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Service } from '../service';
import { SERVICE } from '../tokens';

/** Prometheus' page, from the service's own registry instead of prom-client's global one. */
@Controller()
export class MetricsController {
  constructor(@Inject(SERVICE) private readonly service: Service) {}

  @Get()
  metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.service.metrics.contentType);
    return this.service.metrics.metrics();
  }
}
