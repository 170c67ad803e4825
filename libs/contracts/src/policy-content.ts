import { CachePolicy_Mode } from './gen/gateway/v1/policy_pb';
import { templateNames } from './field-path';
import type { PolicyRule } from './policy-rules';
import { checkDuration, checkUnique, DAY_MS, EVENT_NAME, NAME } from './policy-values';

const YEAR_MS = 365 * DAY_MS;
const MAX_MOCK_LATENCY_MS = 60_000;
const ALGORITHMS = ['zstd', 'br', 'gzip', 'deflate'];
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/(\*|[\w!#$&^.+-]+)$/;
/** No underscore: a mistyped `project_idd` must not pass for a header. */
const HEADER_LIKE = /^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/;
/** Fields of an event that come from the principal. */
const PRINCIPAL_FIELDS = ['user_id', 'session_id'];

/** What may be answered from the cache. */
export const cacheRules: PolicyRule = ({ cache }, scope, report) => {
  if (!cache) return;
  if (cache.mode === CachePolicy_Mode.POLICY && !cache.ttl)
    report('cache.ttl', 'is missing, and mode POLICY needs one');
  checkDuration(report, 'cache.ttl', cache.ttl, 1, YEAR_MS);
  checkDuration(report, 'cache.stale_while_revalidate', cache.staleWhileRevalidate, 0, YEAR_MS);
  checkDuration(report, 'cache.stale_if_error', cache.staleIfError, 0, YEAR_MS);
  checkUnique(report, 'cache.vary_by', cache.varyBy);
  for (const name of cache.varyBy)
    if (name !== 'user_id' && !scope.hasKeyField(name) && !HEADER_LIKE.test(name))
      report('cache.vary_by', `"${name}" is neither user_id, nor a field of the request, nor a header's name`);
  for (const name of cache.invalidate)
    if (!EVENT_NAME.test(name)) report('cache.invalidate', `"${name}" is not an event's name`);
  for (const tag of cache.tags) if (!NAME.test(tag)) report('cache.tags', `"${tag}" is not a name`);
};

/** The events of a successful call. */
export const emitRules: PolicyRule = ({ emits }, scope, report) => {
  emits.forEach(({ event, fields, room }, index) => {
    const at = `emits[${index}]`;
    if (!EVENT_NAME.test(event)) report(`${at}.event`, `"${event}" is not an event's name`);
    checkUnique(report, `${at}.fields`, fields);
    for (const field of fields)
      if (!PRINCIPAL_FIELDS.includes(field) && !scope.hasEventField(field))
        report(`${at}.fields`, `"${field}" is a field of neither the request nor the response`);
    const names = templateNames(room);
    if (names === null) report(`${at}.room`, 'is not a template');
    for (const name of names ?? [])
      if (!fields.includes(name)) report(`${at}.room`, `"${name}" is not among the event's fields`);
  });
};

/** Compression of responses. */
export const compressionRules: PolicyRule = ({ compression }, _scope, report) => {
  for (const name of compression?.algorithms ?? [])
    if (!ALGORITHMS.includes(name)) report('compression.algorithms', `"${name}" is none of ${ALGORITHMS.join(', ')}`);
  for (const type of compression?.contentTypes ?? [])
    if (!MEDIA_TYPE.test(type)) report('compression.content_types', `"${type}" is not a media type`);
};

/** Replays. */
export const idempotencyRules: PolicyRule = ({ idempotency }, _scope, report) => {
  checkDuration(report, 'idempotency.ttl', idempotency?.ttl, 1_000, 30 * DAY_MS);
};

/** How a mock answers. */
export const mockRules: PolicyRule = ({ mockOptions }, _scope, report) => {
  checkDuration(report, 'mock_options.latency', mockOptions?.latency, 0, MAX_MOCK_LATENCY_MS);
  mockOptions?.examples.forEach((example, index) => {
    if (!isJson(example)) report(`mock_options.examples[${index}]`, 'is not JSON');
  });
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
