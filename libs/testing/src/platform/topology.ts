import { SERVICES, type ServiceSpec } from './services';

/** What a process may depend on: each is a variable of the environment, see `LINKS`. */
export type Link = 'redis' | 'registry' | 'auth';

/** One process of the development platform. Everything that starts, shows, stops or tests it reads this table. */
export interface ProcessSpec {
  /** Its name in pid files, logs and `npm run status`. */
  readonly name: string;
  /** The app under `apps/`; null for Redis, which isn't ours. */
  readonly app: string | null;
  /** Stopped from the highest tier down; those of one tier at once. */
  readonly tier: number;
  /** Its listeners: the variable that sets the port, and the address in development. */
  readonly listens: Readonly<Record<string, string>>;
  readonly links: readonly Link[];
  /** Its identity's name. None: mock-services have one for each service. */
  readonly identity?: string;
  /** The services that it registers; the instance's id is the process's name. */
  readonly registers?: readonly string[];
  /** Variables that name folders, below the platform's own. They are made before the process starts. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Variables that name files and folders which are there, below the platform's own folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Any other variables. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Which variable a link sets, and which process's port it leads to. Redis is a URL with a password: see environment.ts. */
export const LINKS = {
  registry: { variable: 'GATEWAY_REGISTRY', process: 'registry-daemon', port: 'REGISTRY_GRPC_PORT' },
  auth: { variable: 'GATEWAY_AUTH', process: 'auth-proxy', port: 'AUTHPROXY_GRPC_PORT' },
} as const;

/** Who may publish what, by SPIFFE id: the value of REGISTRY_OWNERS. */
export type Owners = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const spiffeId = (name: string): string => `spiffe://gateway.local/${name}`;

/**
 * The owners of the development platform. The demonstration services have what their contracts claim; `*` lets a
 * newcomer's service register without configuration, as long as it claims what nobody owns.
 */
export const DEVELOPMENT_OWNERS: Owners = {
  [spiffeId('auth-service')]: {
    packages: ['auth.v1'],
    paths: ['/api/v1/auth', '/api/v1/users', '/api/v2/auth'],
    anonymous: ['/api/v1/auth/login', '/api/v1/auth/refresh', '/api/v2/auth/login'],
  },
  [spiffeId('project-service')]: { packages: ['project.v1'], paths: ['/api/v1/projects'] },
  [spiffeId('simulation-service')]: { packages: ['simulation.v1'], paths: ['/api/v1/simulations'] },
  [spiffeId('echo-service')]: {},
  [spiffeId('auth-proxy')]: {},
  [spiffeId('ws-node')]: {},
  [spiffeId('registry-daemon')]: { packages: ['gateway.registry.v1'], paths: ['/api/registry'] },
  [spiffeId('edge-router')]: {},
  '*': { services: ['*'], packages: ['*'], paths: ['/'], anonymous: ['/'] },
};

/** Everyone who has an identity in development. */
export const IDENTITIES: readonly string[] = [
  'redis',
  'registry-daemon',
  'auth-proxy',
  'edge-router',
  'ws-node',
  'auth-service',
  'project-service',
  'simulation-service',
  'echo-service',
  'operator',
  ...SERVICES.map(({ identity }) => identity),
];

/** A second ws-node listens ten ports higher. */
const wsNode = (nth: number): ProcessSpec => ({
  name: `ws-node-${nth}`,
  app: 'ws-node',
  tier: 4,
  listens: {
    WSNODE_PORT: `https://localhost:${7590 + 10 * nth}`,
    WSNODE_GRPC_PORT: `grpc://localhost:${7591 + 10 * nth}`,
    WSNODE_ADMIN_PORT: `http://127.0.0.1:${9903 + nth}`,
  },
  links: ['redis', 'registry', 'auth'],
  identity: 'ws-node',
  registers: ['ws-node'],
});

/** A service with one gRPC port. */
export const serviceProcess = ({ name, identity, prefix, grpcPort, adminPort }: ServiceSpec): ProcessSpec => ({
  name,
  app: name,
  tier: 2,
  listens: {
    [`${prefix}GRPC_PORT`]: `grpc://localhost:${grpcPort}`,
    [`${prefix}ADMIN_PORT`]: `http://127.0.0.1:${adminPort}`,
  },
  links: ['registry'],
  identity,
  registers: [identity],
});

/** The development platform, in the order of starting. */
export const PROCESSES: readonly ProcessSpec[] = [
  { name: 'redis', app: null, tier: 0, listens: { REDIS_PORT: 'rediss://localhost:6390' }, links: [] },
  {
    name: 'registry-daemon',
    app: 'registry-daemon',
    tier: 1,
    listens: { REGISTRY_GRPC_PORT: 'grpc://localhost:7400', REGISTRY_ADMIN_PORT: 'http://127.0.0.1:9902' },
    links: ['redis'],
    identity: 'registry-daemon',
    registers: ['registry-daemon'],
    folders: { REGISTRY_DATA_DIR: 'registry-daemon' },
    settings: { REGISTRY_OWNERS: JSON.stringify(DEVELOPMENT_OWNERS) },
  },
  {
    name: 'mock-services',
    app: 'mock-services',
    tier: 2,
    listens: {
      MOCK_AUTH_PORT: 'grpc://localhost:9000',
      MOCK_PROJECT_PORT: 'grpc://localhost:10000',
      MOCK_SIMULATION_PORT: 'grpc://localhost:10001',
      MOCK_ECHO_PORT: 'https://localhost:10100',
      MOCK_ADMIN_PORT: 'http://127.0.0.1:9906',
    },
    links: ['registry'],
    registers: ['auth-service', 'project-service', 'simulation-service', 'echo-service'],
    folders: { MOCK_STATE_DIR: 'mock-services' },
    files: { MOCK_IDENTITIES_DIR: 'identity' },
  },
  ...SERVICES.map(serviceProcess),
  {
    name: 'auth-proxy',
    app: 'auth-proxy',
    tier: 3,
    listens: { AUTHPROXY_GRPC_PORT: 'grpc://localhost:7500', AUTHPROXY_ADMIN_PORT: 'http://127.0.0.1:9903' },
    links: ['redis', 'registry'],
    identity: 'auth-proxy',
    registers: ['auth-proxy'],
  },
  wsNode(1),
  wsNode(2),
  {
    name: 'edge-router',
    app: 'edge-router',
    tier: 5,
    listens: {
      EDGE_HTTPS_PORT: 'https://localhost:8443',
      EDGE_HTTP_PORT: 'http://localhost:8080',
      EDGE_ADMIN_PORT: 'http://127.0.0.1:9901',
    },
    links: ['redis', 'registry', 'auth'],
    identity: 'edge-router',
    folders: { EDGE_STATE_DIR: 'edge-router' },
    files: { EDGE_TLS_CERT_FILE: 'tls/cert.pem', EDGE_TLS_KEY_FILE: 'tls/key.pem' },
  },
];

/** The process of a name. @throws Error when there is none */
export function processSpec(name: string): ProcessSpec {
  const found = PROCESSES.find((each) => each.name === name);
  if (!found) throw new Error(`${name} is no process of the platform`);
  return found;
}

/** The variable of a process's admin port; null for Redis. */
export const adminVariable = (spec: ProcessSpec): string | null =>
  Object.keys(spec.listens).find((variable) => variable.endsWith('_ADMIN_PORT')) ?? null;
