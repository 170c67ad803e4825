import { AuthPolicy_Mode, type CompiledContract, type CompiledMethod } from '@gateway/contracts';
import type { ContractInForce } from './contract-book';
import { type Claim, coversPackage, coversPath, coversService, type Owners } from './owners';

/** Why a claim is refused. */
export interface Objection {
  /** A word for metrics: `service`, `package`, `path`, `anonymous`, `catch-all`, `taken`. */
  readonly rule: string;
  readonly detail: string;
}

/** What others hold already. */
export interface Holdings {
  /** The identity that publishes or runs the service; null: nobody. */
  holderOf(service: string): string | null;
  contractsInForce(): readonly ContractInForce[];
}

/** Whether an identity may run and publish under a service's name. Null: it may. */
export function objectToService(owner: string, service: string, owners: Owners, held: Holdings): Objection | null {
  if (owners.isOperator(owner)) return null;
  const claim = owners.claimOf(owner);
  if (!coversService(claim.services, service))
    return objection('service', `${owner} may not claim the service ${service}`);
  if (!claim.fallback) return null;
  const other = owners.ownerOfService(service) ?? held.holderOf(service);
  return other === null || other === owner ? null : objection('taken', `the service ${service} belongs to ${other}`);
}

/** Whether an identity may publish a contract for a service whose name it has. Null: it may. */
export function objectToContract(
  owner: string,
  service: string,
  contract: CompiledContract,
  owners: Owners,
  held: Holdings,
): Objection | null {
  if (owners.isOperator(owner)) return null;
  const claim = owners.claimOf(owner);
  const others = held.contractsInForce().filter(({ entry }) => entry.service !== service);
  return (
    first(contract.services, ({ desc }) => objectToPackage(desc.file.proto.package, owner, claim, owners, others)) ??
    first(contract.methods, (method) => objectToMethod(method, owner, claim, owners)) ??
    objectToCollision(owner, claim, contract, owners, others)
  );
}

function objectToPackage(
  name: string,
  owner: string,
  claim: Claim,
  owners: Owners,
  others: readonly ContractInForce[],
): Objection | null {
  if (!coversPackage(claim.packages, name)) return objection('package', `${owner} may not publish the package ${name}`);
  if (!claim.fallback) return null;
  const explicit = owners.ownerOfPackage(name);
  const other = explicit ?? others.find((each) => each.entry.owner !== owner && hasPackage(each, name))?.entry.owner;
  return other === undefined || other === owner ? null : objection('taken', `the package ${name} belongs to ${other}`);
}

const hasPackage = ({ compiled }: ContractInForce, name: string): boolean =>
  compiled?.services.some(({ desc }) => desc.file.proto.package === name) ?? false;

function objectToMethod(method: CompiledMethod, owner: string, claim: Claim, owners: Owners): Objection | null {
  const name = `${method.typeName}.${method.method}`;
  const paths = method.bindings.map(({ path }) => path);
  for (const path of paths) {
    if (isCatchAll(path)) return objection('catch-all', `${name}: "${path}" would match every service's paths`);
    if (!coversPath(claim.paths, path)) return objection('path', `${name}: ${owner} may not publish "${path}"`);
    const explicit = claim.fallback ? owners.ownerOfPath(path) : null;
    if (explicit !== null) return objection('taken', `${name}: "${path}" belongs to ${explicit}`);
  }
  if (!isAnonymous(method)) return null;
  // Without a REST route the gRPC path is what anyone could call.
  const open = (paths.length > 0 ? paths : [method.path]).find((path) => !coversPath(claim.anonymous, path));
  return open === undefined ? null : objection('anonymous', `${name}: ${owner} may not open "${open}" to anyone`);
}

/** Who may be called without a credential; what isn't annotated isn't open. */
const isAnonymous = ({ policy: { auth } }: CompiledMethod): boolean =>
  auth?.mode === AuthPolicy_Mode.NONE || auth?.mode === AuthPolicy_Mode.OPTIONAL;

/** A template whose first segment is a variable. */
const isCatchAll = (path: string): boolean => /^\/([{*]|$)/.test(path);

/** Two services with one route: the second to come is refused, unless it has an entry and the first has none. */
function objectToCollision(
  owner: string,
  claim: Claim,
  contract: CompiledContract,
  owners: Owners,
  others: readonly ContractInForce[],
): Objection | null {
  const routes = new Set(contract.methods.flatMap(routesOf));
  for (const { entry, compiled } of others) {
    if (!claim.fallback && owners.claimOf(entry.owner).fallback) continue;
    const taken = compiled?.methods.flatMap(routesOf).find((route) => routes.has(route));
    if (taken !== undefined) return objection('taken', `${owner}: ${taken} is a route of ${entry.service} already`);
  }
  return null;
}

/** A method's routes with nameless variables: equal ones match the same paths. */
const routesOf = ({ bindings }: CompiledMethod): string[] =>
  bindings.map(
    ({ method, path }) => `${method} ${path.replace(/\{[^}=]*(?:=([^}]*))?\}/g, (_all, pattern) => pattern ?? '*')}`,
  );

function first<Item>(items: readonly Item[], check: (item: Item) => Objection | null): Objection | null {
  for (const item of items) {
    const found = check(item);
    if (found) return found;
  }
  return null;
}

const objection = (rule: string, detail: string): Objection => ({ rule, detail });
