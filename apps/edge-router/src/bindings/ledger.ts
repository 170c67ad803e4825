import type { Edge } from '../edge';
import type { SnapshotMetrics } from '../snapshot/snapshot-metrics';
import { SourceLedger } from '../snapshot/source-ledger';

/** What a ledger tells, and whom. */
export type LedgerEdge = Pick<Edge, 'clock' | 'health' | 'logger'> & {
  readonly config: Pick<Edge['config'], 'registry'>;
};

/**
 * Notes what becomes of sources, for `/snapshot`, metrics and health. A contract that is kept out is no outage; an edge
 * without a registry has no contracts to say anything of.
 */
export function openLedger(
  { clock, config, health, logger }: LedgerEdge,
  metrics: Pick<SnapshotMetrics, 'refusedBy'>,
): SourceLedger {
  const check = config.registry === undefined ? null : health.add('contracts', { required: false });
  check?.ok();
  const ledger: SourceLedger = new SourceLedger(
    () => clock.now(),
    ({ name, isRefused, lastRefusal }) => {
      if (isRefused && lastRefusal !== null) {
        metrics.refusedBy(lastRefusal.rule);
        const { version, rule, detail } = lastRefusal;
        logger.warn({ source: name, version, rule, detail }, 'a version of a source cannot be used');
      }
      const refused = ledger.all().filter((state) => state.isRefused && state.name.startsWith('contract '));
      if (refused.length === 0) check?.ok();
      else check?.degraded(refused.map((state) => `${state.name}: ${state.lastRefusal?.detail}`).join('; '));
    },
  );
  return ledger;
}
