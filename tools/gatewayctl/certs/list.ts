import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@gateway/clock';
import { workspaceDir } from '@gateway/testing';
import { table } from '../../command/table';
import { pathFrom } from '../connection';
import { EXIT, Failure } from '../failure';
import type { Terminal } from '../terminal';
import { type IdentityReport, reportOn } from './identity-report';

/** The options of `certs`. */
export interface CertsOptions {
  /** Days that a certificate must last from now. */
  readonly days: string;
}

const DAY_MS = 24 * 3_600_000;
const COLUMNS = ['NAME', 'IDENTITY', 'UNTIL', 'DAYS', 'STATE'];

/**
 * Shows when identities end.
 * @param folder of identity folders, or one of them; absent: those of development
 * @throws Failure also when one can't be used, or ends too soon
 */
export function listCertificates(folder: string | undefined, { days }: CertsOptions, terminal: Terminal): void {
  if (!/^\d{1,5}$/.test(days)) throw new Failure(EXIT.usage, `--days ${days} is not a number of days`);
  const root = folder === undefined ? join(workspaceDir(), '.dev/identity') : pathFrom(terminal, folder);
  const now = systemClock.now();
  const reports = identitiesIn(root).map(([name, path]): [string, IdentityReport] => [name, reportOn(path, now)]);
  const states = reports.map(([, { until, problem }]) =>
    problem === null && until! - now < Number(days) * DAY_MS ? `ends within ${days} days` : (problem ?? 'ok'),
  );
  const rows = reports.map(([name, { spiffeId, until }], index) => [
    ...[name, spiffeId ?? '-', until === null ? '-' : new Date(until).toISOString()],
    ...[until === null ? '-' : String(Math.floor((until - now) / DAY_MS)), states[index]!],
  ]);
  terminal.out(table(COLUMNS, rows));
  const bad = states.filter((state) => state !== 'ok').length;
  if (bad > 0) throw new Failure(EXIT.data, `${bad} of ${states.length} identities need a look`);
}

/** Names and paths, sorted. */
function identitiesIn(root: string): [string, string][] {
  if (existsSync(join(root, 'cert.pem'))) return [[root.split('/').at(-1)!, root]];
  const found = existsSync(root) ? readdirSync(root, { withFileTypes: true }) : [];
  const folders = found.filter((each) => each.isDirectory() && existsSync(join(root, each.name, 'cert.pem')));
  if (folders.length === 0) throw new Failure(EXIT.usage, `${root} has no identities`);
  return folders.map(({ name }): [string, string] => [name, join(root, name)]).sort();
}
