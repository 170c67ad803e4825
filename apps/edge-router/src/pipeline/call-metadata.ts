import { IdempotencyPolicy_Mode as Mode, type RoutePolicy } from '@gateway/contracts';
import { getHeader, type HeaderList } from '@gateway/pipeline';
import type { RequestContext } from './context';
import { identityFields } from './upstream-headers';

/** What metadata can carry. */
const PRINTABLE = /^[\x20-\x7e]+$/;
/** A key that is longer isn't one. */
const MAX_KEY = 256;

/**
 * What makes the metadata of a gRPC call: who calls, the trace, and the headers that the policy lets through. A header
 * with a value that metadata can't carry is left out.
 */
export function callMetadata({ idempotency, transcoding }: RoutePolicy): (context: RequestContext) => HeaderList {
  const names = (transcoding?.requestHeaders ?? []).map((name) => name.toLowerCase());
  // Where keys are honoured the service gets them, too: a repeated call must not look like a second one.
  const honoursKeys = idempotency?.mode === Mode.OPTIONAL || idempotency?.mode === Mode.REQUIRED;
  if (names.length === 0 && !honoursKeys) return identityFields;
  return (context) => {
    const fields = identityFields(context);
    for (const name of names) add(fields, name, getHeader(context.headers, name));
    const key = honoursKeys ? getHeader(context.headers, 'idempotency-key') : undefined;
    if (key !== undefined && key.length <= MAX_KEY) add(fields, 'idempotency-key', key);
    return fields;
  };
}

function add(fields: HeaderList, name: string, value: string | undefined): void {
  if (value !== undefined && PRINTABLE.test(value)) fields.push(name, value);
}

/** The names of the service's metadata that the policy lets through to clients. */
export const publicNames = ({ transcoding }: RoutePolicy): ReadonlySet<string> =>
  new Set((transcoding?.responseHeaders ?? []).map((name) => name.toLowerCase()));

/** What picks the headers of an answer from the service's initial metadata: those that the policy names. */
export function answerHeaders(policy: RoutePolicy): (metadata: HeaderList) => HeaderList {
  const names = publicNames(policy);
  if (names.size === 0) return () => [];
  return (metadata) => {
    const headers: HeaderList = [];
    for (let i = 0; i < metadata.length; i += 2)
      if (names.has(metadata[i]!)) add(headers, metadata[i]!, metadata[i + 1]);
    return headers;
  };
}
