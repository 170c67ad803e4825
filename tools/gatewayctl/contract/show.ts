import { type CompiledMethod, AuthPolicy_Mode, RoutePolicySchema } from '@gateway/contracts';
import { isFieldSet } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { table } from '../../command/table';
import { type RegistryOptions, withRegistry } from '../connection';
import { EXIT, Failure } from '../failure';
import type { Terminal } from '../terminal';
import { readContract } from './changes';

/** Shows the contract of a service that is in force. @throws Failure */
export async function showContract(service: string, options: RegistryOptions, terminal: Terminal): Promise<void> {
  const { contract, descriptorSet } = await withRegistry(options, terminal, async (client) => {
    const found = (await client.discover(service)).contracts.find((each) => each.service === service);
    if (!found) throw new Failure(EXIT.data, `${service} has no contract`);
    return client.getContract(found.digest);
  });
  const { digest, owner, publishedAt } = contract!;
  const when = publishedAt ? timestampDate(publishedAt).toISOString() : 'an unknown time';
  terminal.out(`${service}: ${digest}, of ${owner}, since ${when}`);
  terminal.out(table(['METHOD', 'ROUTE', 'AUTH', 'POLICY'], readContract(descriptorSet).methods.flatMap(rowsOf)));
}

/** A row for each route; one for a method that has none. */
function rowsOf({ typeName, method, bindings, policy }: CompiledMethod): string[][] {
  const routes = bindings.length === 0 ? ['-'] : bindings.map((each) => `${each.method} ${each.path}`);
  const auth = AuthPolicy_Mode[policy.auth?.mode || AuthPolicy_Mode.REQUIRED].toLowerCase();
  const parts = RoutePolicySchema.fields.filter((field) => field.name !== 'auth' && isFieldSet(policy, field));
  const names = parts.map(({ name }) => name).join(' ') || '-';
  return routes.map((route) => [`${typeName}.${method}`, route, auth, names]);
}
