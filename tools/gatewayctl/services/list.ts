import { toJson } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { table } from '../../command/table';
import { type RegistryOptions, withRegistry } from '../connection';
import type { Terminal } from '../terminal';
import { COLUMNS, instanceRow } from './instance-row';

/** The options of `services`. */
export interface ServicesOptions extends RegistryOptions {
  readonly json?: boolean;
}

/** Shows who is registered. @throws Failure */
export async function listServices(
  service: string | undefined,
  options: ServicesOptions,
  terminal: Terminal,
): Promise<void> {
  const response = await withRegistry(options, terminal, (client) => client.discover(service ?? ''));
  if (options.json) terminal.out(JSON.stringify(toJson(registryV1.DiscoverResponseSchema, response), null, 2));
  else terminal.out(instanceTable(response.instances));
}

/** A table, sorted by service and instance. */
export function instanceTable(instances: readonly registryV1.Instance[]): string {
  const rows = instances.map(instanceRow).map((row) => COLUMNS.map((column) => row[column]));
  rows.sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1));
  return table(
    COLUMNS.map((column) => column.toUpperCase()),
    rows,
  );
}
