import type { Authentication, RevocationSet } from '@gateway/identity';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of verdicts. */
export class VerdictMetrics {
  readonly #authentications: Counter;
  readonly #permissions: Counter;

  constructor(registry: Registry, revocations: RevocationSet) {
    const registers = [registry];
    this.#authentications = new Counter({
      name: 'authproxy_authentications_total',
      help: 'Credentials asked about, by outcome and, for invalid ones, reason',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.#permissions = new Counter({
      name: 'authproxy_permission_checks_total',
      help: 'Permissions asked about, by outcome',
      labelNames: ['outcome'],
      registers,
    });
    new Gauge({
      name: 'authproxy_revocations',
      help: 'Revoked sessions that are remembered',
      registers,
      collect() {
        this.set(revocations.size);
      },
    });
    new Gauge({
      name: 'authproxy_revocations_dropped',
      help: 'Revocations in force that were given up because there were too many; anything but 0 is an alarm',
      registers,
      collect() {
        this.set(revocations.dropped);
      },
    });
  }

  authenticated(verdict: Authentication): void {
    const reason = verdict.outcome === 'invalid' ? verdict.reason : '';
    this.#authentications.inc({ outcome: verdict.outcome, reason });
  }

  permissionChecked(outcome: string): void {
    this.#permissions.inc({ outcome });
  }
}
