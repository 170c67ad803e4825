import { z } from 'zod';
import { dns, kubernetes } from './found-schema';
import { openapi } from './openapi-schema';
import { validation } from './validation-schema';

/** The name of a route or a service: it stands in metrics, keys and logs. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/, 'is not a name');
const method = z.string().regex(/^[A-Z][A-Z-]{0,31}$/, 'is not an HTTP method in upper case');
const host = z
  .string()
  .regex(/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$|^\[[0-9a-f:.]+\]$/, 'is not a host in lower case, without port');

const origin = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(value);
  const bare = search === '' && hash === '' && username === '' && password === '';
  return bare && pathname === '/' && !value.endsWith('/') && (protocol === 'http:' || protocol === 'https:');
}, 'is not an http or https URL of scheme, host and port alone');

/** A SPIFFE id: mutual TLS with that server. */
const identity = z.string().regex(/^spiffe:\/\/[^/\s]+\/\S+$/, 'is not a SPIFFE id');

const httpProtocol = z.enum(['http1', 'h2c', 'h2']);
const urls = z.array(origin).min(1, 'names no URL');

const service = z
  .strictObject({
    urls: urls.optional(),
    dns: dns.optional(),
    kubernetes: kubernetes.optional(),
    registry: z.boolean().default(false),
    merge: z.enum(['first', 'union']).default('first'),
    protocol: z.enum(['grpc', ...httpProtocol.options]).default('http1'),
    identity: identity.optional(),
    /** Where its contract comes from, when that isn't the registry: it is asked itself. */
    contract: z.literal('reflection').optional(),
  })
  .refine(
    ({ urls, dns, kubernetes, registry }) => urls ?? dns ?? kubernetes ?? registry,
    'names no urls, dns, kubernetes or registry',
  );

const upstream = z.union([
  z.strictObject({ urls, protocol: httpProtocol.default('http1'), identity: identity.optional() }),
  z.strictObject({ service: name, protocol: httpProtocol.default('http1') }),
]);

/** Protobuf JSON of gateway.v1.RoutePolicy; read by its own rules. */
const policy = z.record(z.string(), z.json());

const route = z.strictObject({
  id: name,
  match: z.strictObject({
    path: z.string(),
    methods: z.array(method).default([]),
    hosts: z.array(host).default([]),
  }),
  upstream,
  rewrite: z.strictObject({ path: z.string() }).optional(),
  validation: validation.optional(),
  openapi: openapi.optional(),
  policy: policy.default({}),
});

const overlay = z.strictObject({
  selector: z
    .string()
    .regex(
      /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\.\*)?$/,
      'is not a method (shop.v1.ShopService.GetItem) or shop.v1.ShopService.*',
    ),
  /** Protobuf JSON of google.api.HttpRule. */
  http: policy.optional(),
  policy: policy.optional(),
});

/** A route file. */
export const routeFileSchema = z.strictObject({
  defaults: z.strictObject({ policy: policy.default({}) }).default({ policy: {} }),
  services: z.record(name, service).default({}),
  routes: z.array(route).default([]),
  overlays: z.array(overlay).default([]),
});

export type RouteFile = z.output<typeof routeFileSchema>;
export type FileRoute = RouteFile['routes'][number];
export type FileService = RouteFile['services'][string];
export type FileOverlay = RouteFile['overlays'][number];
export type FileUpstream = FileRoute['upstream'];
