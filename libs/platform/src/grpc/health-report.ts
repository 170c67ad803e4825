import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { healthV1 } from '@gateway/contracts';
import type { HealthCheck, HealthState } from '../health';
import type { Phase } from '../lifecycle';
import type { Service } from '../service';
import { VERSION } from '../version';
import { packageDefinitionOf } from './definition';
import type { GrpcService } from './listener';

const { CheckState, Phase: WirePhase, HealthService } = healthV1;

/** gateway.health.v1 on every listener: why a service is as it is may be known to gateways and the operator. */
export const HEALTH_REPORTS: GrpcService = { desc: HealthService, allow: ['edge-router', 'operator'] };

type Reported = Pick<Service, 'name' | 'instanceId' | 'health' | 'lifecycle'>;

/** Adds gateway.health.v1 to a server. Past Nest: it belongs to the platform, not to the app's controllers. */
export function serveHealthReports(server: Server, service: Reported): void {
  server.addService(packageDefinitionOf([HealthService])[HealthService.typeName]!, {
    Report: (_call: unknown, answer: (error: null, report: healthV1.ReportResponse) => void) =>
      answer(null, reportOf(service)),
  });
}

/** What a service says of itself. */
export const reportOf = ({ name, instanceId, health, lifecycle }: Reported): healthV1.ReportResponse =>
  create(healthV1.ReportResponseSchema, {
    app: name,
    instanceId,
    version: VERSION,
    phase: PHASES[lifecycle.phase],
    uptime: durationFromMs(Math.round(process.uptime() * 1000)),
    checks: health.checks().map(checkOf),
  });

const checkOf = ({ name, required, state, why, since }: HealthCheck) => ({
  name,
  required,
  state: STATES[state],
  why,
  since: timestampFromDate(new Date(since)),
});

const STATES: Readonly<Record<HealthState, healthV1.CheckState>> = {
  ok: CheckState.OK,
  degraded: CheckState.DEGRADED,
  down: CheckState.DOWN,
};

const PHASES: Readonly<Record<Phase, healthV1.Phase>> = {
  starting: WirePhase.STARTING,
  running: WirePhase.RUNNING,
  draining: WirePhase.DRAINING,
  stopping: WirePhase.STOPPING,
  stopped: WirePhase.STOPPING,
};
