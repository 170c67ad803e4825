import type { Identity } from '@gateway/mtls';
import type { Service } from '@gateway/platform';
import type { Members } from '../cluster/members';
import type { RegistryConfig } from '../config';
import { Ejector } from '../ejection/ejector';
import type { ReportBook } from '../ejection/report-book';
import { ReportExchange } from '../ejection/report-exchange';
import type { ReportStore } from '../ejection/report-store';
import { Checker } from '../health/checker';
import { GrpcProbe } from '../health/grpc-probe';
import { HealthMonitor } from '../health/health-monitor';
import { HttpProbe } from '../health/http-probe';
import { tcpProbe } from '../health/tcp-probe';
import { HealthMetrics } from '../health-metrics';
import type { LeaseTable } from '../lease/lease-table';

type Daemon = Service<RegistryConfig>;

/** What is judged, and with whom. */
export interface HealthParts {
  readonly table: LeaseTable;
  readonly members: Members;
  readonly book: ReportBook;
  readonly store: ReportStore;
}

/** Active checks and ejections, from the start of the service to its end. @returns what takes the gateways' reports */
export function bindHealth(service: Daemon, parts: HealthParts): ReportExchange {
  const { clock, logger, lifecycle, metrics: registry } = service;
  const { table, members, book, store } = parts;
  const metrics: HealthMetrics = new HealthMetrics(registry, {
    instances: () => table.all().map(({ instance }) => instance),
    checked: () => monitor?.size ?? 0,
    reporters: () => book.reporters,
  });
  const monitor = service.identity && monitorOf(service, service.identity, parts, metrics);
  const unreadable = (what: string): void => logger.warn({ what }, 'unreadable in redis; left out');
  const exchange = new ReportExchange(book, store, members, clock, unreadable);
  const ejector = ejectorOf(service, parts, metrics);
  const all = [exchange, ejector, ...(monitor ? [monitor] : [])];
  lifecycle.onStart(() => all.forEach((each) => each.start()), 'health');
  lifecycle.onStop(() => all.forEach((each) => each.stop()), 'health');
  return exchange;
}

function monitorOf(
  { clock }: Daemon,
  identity: Identity,
  { table, members }: HealthParts,
  metrics: HealthMetrics,
): HealthMonitor {
  const probes = { grpc: new GrpcProbe(identity), http: new HttpProbe(identity), tcp: tcpProbe };
  return new HealthMonitor({
    ...{ table, members, clock, random: Math.random },
    checker: new Checker(probes, clock),
    checked: (kind, passed) => metrics.checks.inc({ kind, result: passed ? 'pass' : 'fail' }),
  });
}

function ejectorOf(
  { clock, logger, config: { ejection: mode } }: Daemon,
  { table, members, book }: HealthParts,
  metrics: HealthMetrics,
): Ejector {
  return new Ejector({
    ...{ table, members, reports: book, clock, mode },
    listener: {
      begun(of, { id, why, agreed, reporters }) {
        metrics.ejections.inc({ mode });
        logger.warn({ instance: `${of}/${id}`, why, agreed, reporters, mode }, 'gateways agree: ejected');
      },
      ended: (of, { id }) => logger.info({ instance: `${of}/${id}`, mode }, 'an ejection is over'),
    },
  });
}
