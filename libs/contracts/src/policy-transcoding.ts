import type { PolicyRule, Report } from './policy-rules';
import { checkUnique } from './policy-values';

/** Names of one route's list. */
const MAX_NAMES = 32;
/** What both a header and metadata can be called; an underscore would shadow a hyphen. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/i;

/** What belongs to the connection or the protocol, never to a call (RFC 9110 §7.6.1). */
const OF_THE_PROTOCOL = [
  'connection',
  'content-*',
  'expect',
  'grpc-*',
  'host',
  'keep-alive',
  'proxy-*',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
];
/** Who calls: the gateway says so itself, and a credential ends at the gateway. */
const OF_THE_CALLER = [
  'authorization',
  'cookie',
  'forwarded',
  'idempotency-key',
  'signature',
  'signature-input',
  'traceparent',
  'x-api-key',
  'x-forwarded-*',
  'x-real-ip',
  'x-request-id',
  'x-service-*',
  'x-session-*',
  'x-user-*',
];
/** What the gateway answers for: its own fields, protection, and cookies, which would let a service act for the site. */
const OF_THE_GATEWAY = [
  'access-control-*',
  'age',
  'alt-svc',
  'authorization',
  'cache-status',
  'cross-origin-*',
  'date',
  'deprecation',
  'permissions-policy',
  'ratelimit*',
  'referrer-policy',
  'server',
  'set-cookie',
  'strict-transport-security',
  'sunset',
  'traceparent',
  'traceresponse',
  'via',
  'www-authenticate',
  'x-content-type-options',
  'x-frame-options',
  'x-ratelimit*',
  'x-request-id',
  'x-session-*',
  'x-user-*',
];

/** Headers to metadata and back. */
export const transcodingRules: PolicyRule = ({ transcoding }, _scope, report) => {
  if (!transcoding) return;
  const { requestHeaders, responseHeaders } = transcoding;
  checkNames('transcoding.request_headers', requestHeaders, [...OF_THE_PROTOCOL, ...OF_THE_CALLER], report);
  checkNames('transcoding.response_headers', responseHeaders, [...OF_THE_PROTOCOL, ...OF_THE_GATEWAY], report);
};

function checkNames(field: string, given: readonly string[], barred: readonly string[], report: Report): void {
  if (given.length > MAX_NAMES) report(field, `more than ${MAX_NAMES}`);
  const names = given.map((name) => name.toLowerCase());
  checkUnique(report, field, names);
  for (const name of names) {
    if (!NAME.test(name)) report(field, `"${name}" is not the name of a header and of metadata`);
    else if (name.endsWith('-bin')) report(field, `"${name}" is binary metadata, which no header carries`);
    else if (barred.some((each) => isSame(name, each))) report(field, `"${name}" is never passed on`);
  }
}

/** A trailing `*` stands for the rest of the name. */
const isSame = (name: string, barred: string): boolean =>
  barred.endsWith('*') ? name.startsWith(barred.slice(0, -1)) : name === barred;
