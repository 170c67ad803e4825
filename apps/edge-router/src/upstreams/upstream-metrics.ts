import { Counter, Gauge, type Registry } from 'prom-client';
import type { OutcomeKind } from '../pipeline/outcome';
import { type EndpointState, stateOf } from './endpoint-state';
import type { LedgerListener, ServiceLedger } from './service-ledger';

const OUTCOMES: readonly OutcomeKind[] = ['ok', 'failed', 'refused', 'neutral'];
const STATES: readonly EndpointState[] = ['usable', 'ejected', 'refusing', 'failing', 'ejected-everywhere'];

/** Metrics of calls to services and of their endpoints. */
export class UpstreamMetrics {
  private readonly requests: Counter<'service' | 'outcome'>;
  private readonly ejections: Counter<'service' | 'reason'>;

  /** @param ledgers what is known of all services: read when somebody scrapes */
  constructor(registry: Registry, ledgers: () => readonly ServiceLedger[]) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'gateway_upstream_requests_total',
      help: 'Attempts at endpoints that ended, by service and outcome (ok, failed, refused, neutral)',
      labelNames: ['service', 'outcome'],
      registers,
    });
    this.ejections = new Counter({
      name: 'gateway_outlier_ejections_total',
      help: 'Endpoints that this edge took out, by service and reason',
      labelNames: ['service', 'reason'],
      registers,
    });
    registerEndpoints(registry, ledgers);
    registerPanic(registry, ledgers);
  }

  /** Counts for one service. */
  listenerFor(service: string): Pick<LedgerListener, 'ended' | 'ejected'> {
    const byOutcome = Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, this.requests.labels(service, outcome)]),
    ) as Record<OutcomeKind, Counter.Internal>;
    return {
      ended: (kind) => byOutcome[kind].inc(),
      ejected: (_, { reason }) => this.ejections.labels(service, reason).inc(),
    };
  }
}

function registerEndpoints(registry: Registry, ledgers: () => readonly ServiceLedger[]): void {
  new Gauge({
    name: 'gateway_endpoints',
    help: 'Endpoints by service and state (usable, ejected, refusing, failing, ejected-everywhere)',
    labelNames: ['service', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, endpoints } of ledgers()) {
        const states = endpoints.map(stateOf);
        for (const state of STATES) this.set({ service, state }, states.filter((each) => each === state).length);
      }
    },
  });
}

function registerPanic(registry: Registry, ledgers: () => readonly ServiceLedger[]): void {
  new Gauge({
    name: 'gateway_panic',
    help: 'Whether the latest call to a service was balanced over all endpoints, because too few were usable',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, panicking } of ledgers()) this.set({ service }, panicking ? 1 : 0);
    },
  });
}
