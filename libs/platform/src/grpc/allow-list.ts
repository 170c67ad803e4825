import { spiffeIdFor } from '@gateway/mtls';
import type { GrpcService } from './listener';

/** Who may call what: by path (`/shop.v1.ShopService/GetItem`) or, for a whole service, by its prefix. */
export type AllowList = (path: string, spiffeId: string) => boolean;

/** Health checks are for everyone whose certificate is ours, and so is reflection where a server has it. */
const OPEN = ['/grpc.health.v1.Health/', '/grpc.reflection.v1.', '/grpc.reflection.v1alpha.'];

/**
 * Compiles the allow-lists of a listener's services. A method's own list replaces its service's; a service without a list
 * is open to every certificate of our CA; a service that isn't on the listener is nobody's.
 * @throws Error when a list names a method that the service doesn't have
 */
export function compileAllowList(services: readonly GrpcService[]): AllowList {
  const byPath = new Map<string, ReadonlySet<string> | 'everyone'>();
  for (const { desc, allow, allowMethod = {} } of services) {
    const names = new Set(desc.methods.map((method) => method.name));
    const unknown = Object.keys(allowMethod).find((name) => !names.has(name));
    if (unknown !== undefined) throw new Error(`${desc.typeName} has no method ${unknown}`);
    for (const name of names) byPath.set(`/${desc.typeName}/${name}`, idsOf(allowMethod[name] ?? allow));
  }
  return (path, spiffeId) => {
    if (OPEN.some((prefix) => path.startsWith(prefix))) return true;
    const allowed = byPath.get(path);
    return allowed === 'everyone' || (allowed?.has(spiffeId) ?? false);
  };
}

const idsOf = (names: readonly string[] | undefined): ReadonlySet<string> | 'everyone' =>
  names === undefined ? 'everyone' : new Set(names.map(spiffeIdFor));
