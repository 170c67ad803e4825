/** Fields of a message as a flat list of names and values; names are lower case. */
export type FieldList = string[];

const NONE: ReadonlySet<string> = new Set();

/** What the gateway says itself, or services say of callers: a service's word doesn't reach clients. */
const KEPT_BACK = /^x-(?:user-|session-|service-|forwarded-|ratelimit-|request-id$|real-ip$)/;

/**
 * What of a service's metadata RPC clients get: fields that begin with `x-`, binary ones (`…-bin`), and those that are
 * named. Never identity, never what the gateway or gRPC itself says.
 * @param names lower case
 */
export function publicMetadata(fields: FieldList, names: ReadonlySet<string> = NONE): FieldList {
  const passed: FieldList = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    if (passes(name, names)) passed.push(name, fields[i + 1]!);
  }
  return passed;
}

function passes(name: string, names: ReadonlySet<string>): boolean {
  if (name.startsWith('grpc-') || KEPT_BACK.test(name)) return false;
  return name.startsWith('x-') || name.endsWith('-bin') || names.has(name);
}
