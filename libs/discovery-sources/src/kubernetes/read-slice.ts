import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * What is read of an EndpointSlice (discovery.k8s.io/v1). Kubernetes leaves out what is empty, and the API promises
 * that readers ignore what they don't know; what doesn't fit is read as if it weren't there.
 */
const optional = <T extends z.ZodType>(type: T) => type.nullish().catch(null);

const endpoint = z.object({
  addresses: z.array(z.string()).min(1),
  conditions: optional(
    z.object({ ready: optional(z.boolean()), serving: optional(z.boolean()), terminating: optional(z.boolean()) }),
  ),
  zone: optional(z.string()),
  targetRef: optional(z.object({ kind: optional(z.string()), name: optional(z.string()) })),
});

const port = z.object({
  name: optional(z.string()),
  port: z.int().min(1).max(65_535),
  protocol: optional(z.string()),
});

const list = <T extends z.ZodType>(type: T) =>
  z
    .array(z.unknown())
    .nullish()
    .catch([])
    .transform((all) =>
      (all ?? []).flatMap((each) => {
        const read = type.safeParse(each);
        return read.success ? [read.data as z.output<T>] : [];
      }),
    );

const slice = z.object({
  metadata: z.object({ name: z.string().min(1), resourceVersion: optional(z.string()) }),
  addressType: optional(z.string()),
  endpoints: list(endpoint),
  ports: list(port),
});

/** An EndpointSlice as far as it is used. */
export type Slice = z.output<typeof slice>;
export type SliceEndpoint = Slice['endpoints'][number];

/** Reads an object of the API; null when it is no EndpointSlice that could be used. Never throws. */
export function readSlice(object: unknown): Slice | null {
  const read = slice.safeParse(object);
  return read.success ? read.data : null;
}

/**
 * The number of the port of that name; a slice without it has none of the service's instances. A number names itself.
 * Only TCP is called.
 */
export function portOf({ ports }: Slice, wanted: string | number): number | null {
  const tcp = ports.filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
  const found =
    typeof wanted === 'number'
      ? tcp.find(({ port: number }) => number === wanted)
      : // Services with a single port may leave its name out.
        tcp.find(({ name }) => (name ?? '') === wanted);
  return found?.port ?? null;
}

/** How much an endpoint is to be called. */
export type Readiness = 'ready' | 'serving' | 'not';

/**
 * `ready` is absent when unknown, which the API tells readers to take for ready. One that terminates isn't ready, also
 * where `publishNotReadyAddresses` has `ready` stay true; it may still be serving.
 */
export function readinessOf({ conditions }: SliceEndpoint): Readiness {
  const ready = conditions?.ready ?? true;
  if (conditions?.terminating !== true) return ready ? 'ready' : 'not';
  return (conditions.serving ?? ready) ? 'serving' : 'not';
}

/** The first address is the one to be used (the API says so); FQDN slices are for other consumers. */
export function hostOf({ addresses }: SliceEndpoint): string | null {
  const [address] = addresses;
  return address !== undefined && isIP(address) !== 0 ? address : null;
}
