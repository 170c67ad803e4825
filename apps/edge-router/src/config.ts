import {
  address,
  adminFields,
  authFields,
  choice,
  defineConfig,
  duration,
  type Environment,
  type Field,
  file,
  flag,
  folder,
  host,
  type InferConfig,
  integer,
  json,
  list,
  path,
  platformFields,
  port,
  redisFields,
  registryFields,
  size,
  text,
} from '@gateway/config';
import { TrustedProxies } from '@gateway/http-security';
import { dnsResolver } from '@gateway/discovery-sources';
import { issuersSchema } from '@gateway/identity';
import { scenarioProblems } from './mocking/scenario-folder';
import { fileProblems } from './snapshot/route-file/file-problems';
import type { AuthAbilities } from './snapshot/source';

const MIB = 1_048_576;

const fields = {
  ...platformFields,
  ...adminFields('EDGE_', 9901),
  ...redisFields,
  ...registryFields,
  ...authFields,
  host: host('EDGE_HOST', { default: '127.0.0.1', doc: 'Where clients are listened for; 0.0.0.0 for everywhere.' }),
  httpPort: port('EDGE_HTTP_PORT', { default: 8080, off: true, doc: 'Port of plain HTTP.' }),
  httpsPort: port('EDGE_HTTPS_PORT', {
    default: 8443,
    off: true,
    doc: 'Port of HTTPS. Without EDGE_TLS_CERT_FILE, and outside of production, HTTPS is off.',
  }),
  httpMode: choice('EDGE_HTTP_MODE', ['redirect', 'serve'], {
    optional: true,
    doc: 'Whether plain HTTP redirects to HTTPS or serves. Default: redirects when there is HTTPS.',
  }),
  tlsCertFile: file('EDGE_TLS_CERT_FILE', {
    optional: true,
    doc: 'PEM file with the certificate for clients and its chain. Watched, with its key.',
  }),
  tlsKeyFile: file('EDGE_TLS_KEY_FILE', { optional: true, doc: 'PEM file with the key of EDGE_TLS_CERT_FILE.' }),
  workers: integer('EDGE_WORKERS', { default: 1, min: 1, doc: 'Processes that serve. Only 1 is supported so far.' }),
  engine: choice('EDGE_ENGINE', ['node'], { default: 'node', doc: 'How bytes become requests.' }),
  routesFile: file('EDGE_ROUTES_FILE', {
    optional: true,
    doc: 'Route file (YAML). Watched; SIGHUP has it read again. One that is wrong never replaces one that is right.',
  }),
  protos: path('EDGE_PROTOS', {
    optional: true,
    doc: 'Folder of .proto sources (the import root), or a descriptor set: contracts of services that do not register. Watched.',
  }),
  mockScenarios: folder('EDGE_MOCK_SCENARIOS', {
    optional: true,
    doc: 'Folder of scenarios (*.yaml) that mocked routes play. Watched; ones that are wrong never replace ones that are right. Refused in production.',
  }),
  trustedProxies: list('EDGE_TRUSTED_PROXIES', {
    default: [],
    doc: 'Addresses or networks (CIDR) whose X-Forwarded-* and X-Request-Id are believed.',
  }),
  stateDir: folder('EDGE_STATE_DIR', {
    optional: true,
    create: true,
    doc: 'Folder for the last known services and contracts, so that the edge restarts while the registry is down.',
  }),
  dnsServers: list('EDGE_DNS_SERVERS', {
    default: [],
    doc: 'Name servers (ip or ip:port) that find services of the route file. Not set: those of the system.',
  }),
  kubeconfig: file('EDGE_KUBECONFIG', {
    optional: true,
    doc: "How services are found in Kubernetes. Not set: KUBECONFIG, ~/.kube/config, or the pod's own account.",
  }),
  apiPrefix: text('EDGE_API_PREFIX', {
    default: '/api',
    pattern: /^(?:\/|(?:\/[A-Za-z0-9._~-]+)+)$/,
    doc: 'What stands before the version in the paths of the API; / when versions stand first.',
  }),
  apiVendor: text('EDGE_API_VENDOR', {
    default: 'systemsim',
    pattern: /^[a-z0-9][a-z0-9!#$&^_.-]{0,63}$/,
    doc: 'The vendor of the media types that ask for a version: application/vnd.<vendor>.v1+json.',
  }),
  apiDefaultVersion: text('EDGE_API_DEFAULT_VERSION', {
    optional: true,
    pattern: /^v\d[a-z0-9]{0,30}$/,
    doc: 'The version for who names none. Not set: the oldest that has the resource and has not ended.',
  }),
  publicReflection: flag('EDGE_GRPC_REFLECTION', {
    optional: true,
    doc: 'Whether RPC clients are told which services are exposed to them (grpc.reflection). Not set: except in production.',
  }),
  bodyLimit: size('EDGE_BODY_LIMIT', {
    default: 4 * MIB,
    min: 1,
    doc: 'Largest body of a transcoded call whose policy does not say.',
  }),
  poolMin: integer('EDGE_POOL_MIN', {
    default: 0,
    min: 0,
    doc: 'Connections to each instance in use, at least; they are kept open without traffic.',
  }),
  poolMax: integer('EDGE_POOL_MAX', { default: 256, min: 1, doc: 'HTTP/1.1 connections to one instance, at most.' }),
  poolMaxMultiplexed: integer('EDGE_POOL_MAX_MULTIPLEXED', {
    default: 16,
    min: 1,
    doc: 'gRPC or HTTP/2 connections to one instance, at most.',
  }),
  poolStreams: integer('EDGE_POOL_STREAMS', {
    default: 100,
    min: 1,
    doc: 'Calls that one gRPC or HTTP/2 connection carries at a time.',
  }),
  poolPolicy: choice('EDGE_POOL_POLICY', ['static', 'reactive', 'predictive'], {
    default: 'predictive',
    doc: 'How pools are sized: as EDGE_POOL_CONNECTIONS says, after the load, or ahead of it by a forecast.',
  }),
  poolConnections: integer('EDGE_POOL_CONNECTIONS', {
    default: 8,
    min: 0,
    doc: 'Connections to each instance in use under the static policy.',
  }),
  cacheSize: size('EDGE_CACHE_SIZE', { default: 64 * MIB, doc: 'Memory for cached responses.' }),
  memoryLimit: size('EDGE_MEMORY_LIMIT', {
    optional: true,
    min: 64 * MIB,
    doc: "Memory that the process may hold; near it requests are shed. Default: the container's limit. The JavaScript heap's own limit always counts.",
  }),
  maxEventLoopDelay: duration('EDGE_MAX_EVENT_LOOP_DELAY', {
    default: 500,
    min: 10,
    doc: 'How far the event loop may be behind on average; near it requests are shed.',
  }),
  maxRequests: integer('EDGE_MAX_REQUESTS', {
    default: 10_000,
    min: 1,
    doc: 'Requests in flight; near it more are shed. Tunnels are not counted.',
  }),
  legacyRateLimitHeaders: flag('EDGE_LEGACY_RATE_LIMIT_HEADERS', {
    default: true,
    doc: 'Whether X-RateLimit-Limit, -Remaining and -Reset are sent beside RateLimit and RateLimit-Policy.',
  }),
  issuers: json('GATEWAY_ISSUERS', issuersSchema, {
    default: [],
    doc: 'Issuers whose tokens this edge verifies itself when GATEWAY_AUTH is not set.',
  }),
};

/**
 * The whole configuration of the edge. `<NAME>_SERVICE_GRPC` variables become fields: the fixed addresses of services.
 * @param env where those are looked for
 */
export const edgeConfig = (env: Environment) =>
  defineConfig({ app: 'edge-router', prefix: 'EDGE_', fields: { ...fields, ...fixedServiceFields(env) }, check });

/** The configuration's values. Fixed services are read with `fixedServices`. */
export type EdgeConfig = InferConfig<ReturnType<typeof edgeConfig>>;

const FIXED_SERVICE = /^([A-Z][A-Z0-9_]*)_SERVICE_GRPC$/;

/** What an edge of that configuration can verify. */
export const authAbilities = ({
  auth,
  issuers,
  profile,
}: Pick<Checked, 'auth' | 'issuers' | 'profile'>): AuthAbilities => ({
  credentials: auth !== undefined || issuers.length > 0,
  permissions: auth !== undefined,
  mocks: profile !== 'production',
});

/** Whether RPC clients may ask which services there are: in production that is nobody's business unless it is said on purpose. */
export const offersReflection = ({
  publicReflection,
  profile,
}: Pick<Checked, 'publicReflection' | 'profile'>): boolean => publicReflection ?? profile !== 'production';

/** The fixed addresses by service: SHOP_SERVICE_GRPC is shop-service's. */
export function fixedServices(config: EdgeConfig): Map<string, string> {
  const services = new Map<string, string>();
  for (const [name, value] of Object.entries<unknown>(config)) {
    const service = FIXED_SERVICE.exec(name)?.[1];
    if (service !== undefined) services.set(`${service.toLowerCase().replaceAll('_', '-')}-service`, value as string);
  }
  return services;
}

function fixedServiceFields(env: Environment): Readonly<Record<`${string}_SERVICE_GRPC`, Field<string>>> {
  const names = Object.keys(env).filter((name) => FIXED_SERVICE.test(name) && env[name] !== '');
  return Object.fromEntries(
    names.map((name) => [name, address(name, { doc: 'Fixed gRPC address of that service, with mutual TLS.' })]),
  );
}

type Checked = { readonly [K in keyof typeof fields]: (typeof fields)[K] extends Field<infer T> ? T : never };

function check(config: Checked): string[] {
  return [
    ...listenerProblems(config),
    ...linkProblems(config),
    ...proxyProblems(config),
    ...nameServerProblems(config),
    ...poolProblems(config),
    ...routeProblems(config),
    ...mockProblems(config),
  ];
}

function listenerProblems(config: Checked): string[] {
  const { httpPort, httpsPort, httpMode, tlsCertFile, tlsKeyFile, workers, profile } = config;
  const problems: string[] = [];
  const secure = httpsPort !== null && tlsCertFile !== undefined;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined))
    problems.push('EDGE_TLS_KEY_FILE: a certificate and its key go together');
  if (httpsPort !== null && tlsCertFile === undefined && profile === 'production')
    problems.push('EDGE_TLS_CERT_FILE: must be set in production, or EDGE_HTTPS_PORT be empty on purpose');
  if (httpMode === 'redirect' && !secure) problems.push('EDGE_HTTP_MODE: redirects to HTTPS, which is off');
  if (httpPort === null && !secure) problems.push('EDGE_HTTP_PORT: is off, and so is HTTPS: nothing would listen');
  if (workers !== 1)
    problems.push('EDGE_WORKERS: only 1 is supported so far: limits and caches of a process are its own');
  return problems;
}

function linkProblems({ identityDir, registry, auth }: Checked): string[] {
  if (identityDir !== undefined) return [];
  const links = { GATEWAY_REGISTRY: registry, GATEWAY_AUTH: auth };
  return Object.entries(links)
    .filter(([, set]) => set !== undefined)
    .map(([name]) => `GATEWAY_IDENTITY_DIR: is required with ${name}, which is reached by mutual TLS`);
}

function nameServerProblems({ dnsServers }: Checked): string[] {
  try {
    dnsResolver(dnsServers);
    return [];
  } catch (error) {
    return [`EDGE_DNS_SERVERS: ${(error as Error).message}`];
  }
}

function proxyProblems({ trustedProxies }: Checked): string[] {
  try {
    new TrustedProxies(trustedProxies);
    return [];
  } catch (error) {
    return [`EDGE_TRUSTED_PROXIES: ${(error as Error).message}`];
  }
}

const poolProblems = ({ poolMin, poolMax, poolMaxMultiplexed }: Checked): string[] =>
  poolMin <= Math.min(poolMax, poolMaxMultiplexed)
    ? []
    : ['EDGE_POOL_MIN: must not be above EDGE_POOL_MAX and EDGE_POOL_MAX_MULTIPLEXED'];

/** So that `--check-config` finds them, too. */
const routeProblems = (config: Checked): string[] =>
  config.routesFile === undefined
    ? []
    : fileProblems(config.routesFile, authAbilities(config)).map((problem) => `EDGE_ROUTES_FILE: ${problem}`);

function mockProblems({ mockScenarios, profile }: Checked): string[] {
  if (mockScenarios === undefined) return [];
  if (profile === 'production') return ['EDGE_MOCK_SCENARIOS: production refuses mocks'];
  return scenarioProblems(mockScenarios).map((problem) => `EDGE_MOCK_SCENARIOS: ${problem}`);
}
