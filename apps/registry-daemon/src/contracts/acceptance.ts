import {
  AuthPolicy_Mode,
  type CompiledContract,
  type CompiledMethod,
  type ContractPlace,
  type ContractViolation,
  methodPlace,
} from '@gateway/contracts';
import type { ContractInForce } from './contract-book';
import { type Claim, coversPackage, coversPath, coversService, type Owners } from './owners';

/**
 * Why a claim is refused. The rule is a word for metrics: `service`, `package`, `path`, `anonymous`, `catch-all`, `taken`.
 */
export type Objection = ContractViolation;

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
    return objection('service', NO_PLACE, `${owner} may not claim the service ${service}`);
  if (!claim.fallback) return null;
  const other = owners.ownerOfService(service) ?? held.holderOf(service);
  if (other === null || other === owner) return null;
  return objection('taken', NO_PLACE, `the service ${service} belongs to ${other}`);
}

/** Why an identity may not publish a contract for a service whose name it has. Empty: it may. */
export function objectionsToContract(
  owner: string,
  service: string,
  contract: CompiledContract,
  owners: Owners,
  held: Holdings,
): Objection[] {
  if (owners.isOperator(owner)) return [];
  const claim = owners.claimOf(owner);
  const others = held.contractsInForce().filter(({ entry }) => entry.service !== service);
  const found = [
    ...contract.services.map(({ desc, typeName }) => {
      const place = { file: desc.file.proto.name, symbol: typeName };
      return objectToPackage(desc.file.proto.package, place, owner, claim, owners, others);
    }),
    ...contract.methods.map((method) => objectToMethod(method, owner, claim, owners)),
    ...objectToCollisions(owner, claim, contract, owners, others),
  ];
  return found.filter((each) => each !== null);
}

function objectToPackage(
  name: string,
  place: ContractPlace,
  owner: string,
  claim: Claim,
  owners: Owners,
  others: readonly ContractInForce[],
): Objection | null {
  if (!coversPackage(claim.packages, name))
    return objection('package', place, `${owner} may not publish the package ${name}`);
  if (!claim.fallback) return null;
  const explicit = owners.ownerOfPackage(name);
  const other = explicit ?? others.find((each) => each.entry.owner !== owner && hasPackage(each, name))?.entry.owner;
  if (other === undefined || other === owner) return null;
  return objection('taken', place, `the package ${name} belongs to ${other}`);
}

const hasPackage = ({ compiled }: ContractInForce, name: string): boolean =>
  compiled?.services.some(({ desc }) => desc.file.proto.package === name) ?? false;

function objectToMethod(method: CompiledMethod, owner: string, claim: Claim, owners: Owners): Objection | null {
  const place = methodPlace(method.desc);
  const name = place.symbol;
  const paths = method.bindings.map(({ path }) => path);
  for (const path of paths) {
    if (isCatchAll(path)) return objection('catch-all', place, `${name}: "${path}" would match every service's paths`);
    if (!coversPath(claim.paths, path)) return objection('path', place, `${name}: ${owner} may not publish "${path}"`);
    const explicit = claim.fallback ? owners.ownerOfPath(path) : null;
    if (explicit !== null) return objection('taken', place, `${name}: "${path}" belongs to ${explicit}`);
  }
  if (!isAnonymous(method)) return null;
  // Without a REST route the gRPC path is what anyone could call.
  const open = (paths.length > 0 ? paths : [method.path]).find((path) => !coversPath(claim.anonymous, path));
  if (open === undefined) return null;
  return objection('anonymous', { ...place, field: 'auth.mode' }, `${name}: ${owner} may not open "${open}" to anyone`);
}

/** Who may be called without a credential; what isn't annotated isn't open. */
const isAnonymous = ({ policy: { auth } }: CompiledMethod): boolean =>
  auth?.mode === AuthPolicy_Mode.NONE || auth?.mode === AuthPolicy_Mode.OPTIONAL;

/** A template whose first segment is a variable. */
const isCatchAll = (path: string): boolean => /^\/([{*]|$)/.test(path);

/** Two services with one route: the second to come is refused, unless it has an entry and the first has none. */
function objectToCollisions(
  owner: string,
  claim: Claim,
  contract: CompiledContract,
  owners: Owners,
  others: readonly ContractInForce[],
): Objection[] {
  const holders = new Map<string, string>();
  for (const { entry, compiled } of others) {
    if (!claim.fallback && owners.claimOf(entry.owner).fallback) continue;
    for (const route of compiled?.methods.flatMap(routesOf) ?? []) holders.set(route, entry.service);
  }
  return contract.methods.flatMap((method) =>
    routesOf(method)
      .filter((route) => holders.has(route))
      .map((route) =>
        objection('taken', methodPlace(method.desc), `${owner}: ${route} is a route of ${holders.get(route)} already`),
      ),
  );
}

/** A method's routes with nameless variables: equal ones match the same paths. */
const routesOf = ({ bindings }: CompiledMethod): string[] =>
  bindings.map(
    ({ method, path }) => `${method} ${path.replace(/\{[^}=]*(?:=([^}]*))?\}/g, (_all, pattern) => pattern ?? '*')}`,
  );

const NO_PLACE: ContractPlace = { file: '', symbol: '' };

const objection = (rule: string, place: ContractPlace, detail: string): Objection => ({ rule, place, detail });
