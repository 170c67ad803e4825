import { expect, test } from '@jest/globals';
import { HealthRegistry } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { fakeClock } from '@gateway/testing';
import { type LedgerEdge, openLedger } from './ledger';

function opened(registry?: readonly string[]) {
  const clock = fakeClock();
  const health = new HealthRegistry(clock);
  const refusals: string[] = [];
  const edge = { clock, health, logger: silentLogger(), config: { registry } } as LedgerEdge;
  return { ledger: openLedger(edge, { refusedBy: (rule) => refusals.push(rule) }), health, refusals };
}

test('a contract that cannot be used degrades the edge, never more, until a better one comes', () => {
  const { ledger, health, refusals } = opened(['localhost:7400']);
  expect(health.checks()).toMatchObject([{ name: 'contracts', required: false, state: 'ok' }]);
  ledger.accepted('contract shop-service', 'a');
  ledger.refused('contract shop-service', 'b', 'policy', 'no such thing');
  expect(health.checks()).toMatchObject([{ state: 'degraded', why: 'contract shop-service: no such thing' }]);
  expect([health.ready, refusals]).toEqual([true, ['policy']]);
  // Another source has a check of its own.
  ledger.refused('protos', 'c', 'protos', 'syntax error');
  expect(health.checks()[0]).toMatchObject({ why: 'contract shop-service: no such thing' });
  ledger.accepted('contract shop-service', 'c');
  expect(health.checks()).toMatchObject([{ state: 'ok' }]);
});

test('an edge without a registry says nothing of contracts', () => {
  const { ledger, health, refusals } = opened();
  ledger.refused('protos', 'a', 'protos', 'syntax error');
  expect([health.checks(), refusals]).toEqual([[], ['protos']]);
});
