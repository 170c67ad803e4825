import { choice, duration, flag, integer, text } from './kinds';
import { address, addresses, host, port, url } from './network';
import { file, folder } from './sources';

/** Log levels, from the gravest. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** What every app has. */
export const platformFields = {
  logLevel: choice('GATEWAY_LOG_LEVEL', LOG_LEVELS, { default: 'info', doc: 'The least grave lines that are logged.' }),
  profile: choice('GATEWAY_PROFILE', ['development', 'production'], {
    default: 'development',
    doc: 'In production nothing weakens by omission: Redis, registry, auth and identity must be set, or set to `none`.',
  }),
  instanceId: text('GATEWAY_INSTANCE_ID', {
    optional: true,
    pattern: /^[A-Za-z0-9._-]{1,128}$/,
    doc: 'Name of this process, unique in the platform. Made from host, name and a random part when it is not set.',
  }),
  zone: text('GATEWAY_ZONE', {
    optional: true,
    pattern: /^[A-Za-z0-9._-]{1,63}$/,
    doc: 'Where this process runs, such as `eu-central-1a`. Callers prefer instances of their own zone.',
  }),
  weight: integer('GATEWAY_WEIGHT', {
    default: 1,
    min: 1,
    max: 100,
    doc: "This instance's share of its services' traffic, relative to the others'.",
  }),
  identityDir: folder('GATEWAY_IDENTITY_DIR', {
    optional: true,
    decideInProduction: true,
    doc: 'Folder with cert.pem, key.pem and ca.pem: who this service is. It is watched: new files are used without a restart.',
  }),
  grpcReflection: flag('GATEWAY_GRPC_REFLECTION', {
    optional: true,
    doc: 'Whether gRPC ports tell callers which services they have (grpc.reflection). Not set: except in production.',
  }),
  drainDelay: duration('GATEWAY_DRAIN_DELAY', {
    default: 200,
    doc: 'How long the service still takes work after it said that it drains, until everyone has noticed.',
  }),
  shutdownTimeout: duration('GATEWAY_SHUTDOWN_TIMEOUT', {
    default: 25_000,
    min: 100,
    doc: 'How long a graceful shutdown may take before the process ends with exit code 1.',
  }),
};

/** The admin plane's listener: `adminFields('EDGE_', 9901)` declares EDGE_ADMIN_PORT and EDGE_ADMIN_HOST. */
export const adminFields = (prefix: string, defaultPort: number) => ({
  adminPort: port(`${prefix}ADMIN_PORT`, { default: defaultPort, doc: 'Port of probes, metrics and admin pages.' }),
  adminHost: host(`${prefix}ADMIN_HOST`, {
    default: '127.0.0.1',
    doc: 'Where the admin plane listens. Off loopback only probes and metrics answer.',
  }),
});

/** The shared store. */
export const redisFields = {
  redisUrl: url('GATEWAY_REDIS_URL', {
    optional: true,
    decideInProduction: true,
    protocols: ['rediss:', 'redis:'],
    doc: 'The shared Redis. Not set: state is kept in memory, by this process alone.',
  }),
  redisCaFile: file('GATEWAY_REDIS_CA_FILE', { optional: true, doc: "The CA that signed Redis' certificate." }),
};

/** The registry. */
export const registryFields = {
  registry: addresses('GATEWAY_REGISTRY', {
    optional: true,
    decideInProduction: true,
    doc: "The registry-daemons' gRPC addresses: any of them serves. Not set: no service registers and none is discovered.",
  }),
};

/** The auth-proxy. */
export const authFields = {
  auth: address('GATEWAY_AUTH', {
    optional: true,
    decideInProduction: true,
    doc: "The auth-proxy's gRPC address. Not set: credentials are verified in this process, from GATEWAY_ISSUERS.",
  }),
};

/** Every shared variable: an app that doesn't use one still accepts it, an unknown GATEWAY_ variable is a problem. */
export const SHARED_VARIABLES: ReadonlySet<string> = new Set([
  ...Object.values({ ...platformFields, ...redisFields, ...registryFields, ...authFields }).map((field) => field.env),
  'GATEWAY_ISSUERS',
]);
