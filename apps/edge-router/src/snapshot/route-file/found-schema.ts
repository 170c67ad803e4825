import { parseDuration } from '@gateway/config';
import { z } from 'zod';

/** A host name without a final dot; underscores as in SRV names. */
const dnsName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/, 'is not a DNS name');
const portNumber = z.int('is not a port').min(1, 'is not a port').max(65_535, 'is not a port');

const REFRESH_MIN_MS = 1_000;
const REFRESH_MAX_MS = 3_600_000;

/** `10s`, as milliseconds. */
const refresh = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms >= REFRESH_MIN_MS && ms <= REFRESH_MAX_MS) return ms;
  context.addIssue({ code: 'custom', message: 'is not a duration from 1s to 1h' });
  return z.NEVER;
});

/** Instances that DNS names: `{ name, port }` for A and AAAA records, or `{ srv }`. */
export const dns = z
  .strictObject({
    name: dnsName.optional(),
    srv: dnsName.optional(),
    port: portNumber.optional(),
    refresh: refresh.optional(),
  })
  .superRefine(({ name, srv, port }, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (name === undefined && srv === undefined) wrong('name', 'is required, or srv');
    if (name !== undefined && srv !== undefined) wrong('srv', 'is one way, name the other: give one of them');
    if (name !== undefined && srv === undefined && port === undefined) wrong('port', 'is required with name');
    if (srv !== undefined && port !== undefined) wrong('port', 'is in the SRV records');
  });

/** RFC 1123 label: the name of a namespace or a Service. */
const label = z.string().regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'is not a name of Kubernetes');

/** Instances behind a Service of Kubernetes. */
export const kubernetes = z.strictObject({
  namespace: label,
  service: label,
  /** The port's name, or its number on the instances; left out for a Service's only port. */
  port: z.union([portNumber, label]).default(''),
});
