import { Controller, Get, Header, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { HealthCheck } from '../health';
import type { Phase } from '../lifecycle';
import type { Service } from '../service';
import { SERVICE } from '../tokens';

/** `/readyz?verbose`. */
interface Readiness {
  readonly ready: boolean;
  readonly phase: Phase;
  readonly checks: readonly HealthCheck[];
}

/** The probes of Kubernetes: alive, started, ready. */
@Controller()
export class ProbesController {
  constructor(@Inject(SERVICE) private readonly service: Service) {}

  /** Answers as long as the event loop turns. */
  @Get('livez')
  @Header('content-type', 'text/plain; charset=utf-8')
  live(): string {
    return 'ok\n';
  }

  @Get('startupz')
  @Header('content-type', 'text/plain; charset=utf-8')
  started(@Res({ passthrough: true }) reply: FastifyReply): string {
    return verdict(reply, this.service.lifecycle.phase !== 'starting', 'starting');
  }

  /** Whether new work should be sent here; with `?verbose`, why. */
  @Get('readyz')
  ready(
    @Query('verbose') verbose: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string | Readiness {
    const { health, lifecycle } = this.service;
    const ready = lifecycle.phase === 'running' && health.ready;
    const plain = verdict(reply, ready, lifecycle.phase === 'running' ? 'not ready' : lifecycle.phase);
    if (verbose === undefined) return plain;
    void reply.type('application/json; charset=utf-8');
    return { ready, phase: lifecycle.phase, checks: health.checks() };
  }
}

function verdict(reply: FastifyReply, good: boolean, otherwise: string): string {
  void reply.status(good ? 200 : 503).type('text/plain; charset=utf-8');
  return `${good ? 'ok' : otherwise}\n`;
}
