import { AuthPolicy_Credential, AuthPolicy_Mode, type RateLimitPolicy } from './gen/gateway/v1/policy_pb';
import { templateNames } from './field-path';
import { keyPartProblem } from './policy-keys';
import type { PolicyRule, Report } from './policy-rules';
import type { PolicyScope } from './policy-scope';
import { checkDuration, checkUnique, DAY_MS, NAME, SECOND_MS, TOKEN } from './policy-values';

const MAX_LIMITS = 16;
/** What a limit may be keyed by, beside headers and fields. */
const KEYS = ['user', 'ip', 'api_key'] as const;
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/; // RFC 6749 §3.3

/** Who may call. */
export const authRules: PolicyRule = ({ auth }, scope, report) => {
  if (!auth) return;
  if (auth.mode === AuthPolicy_Mode.NONE && (auth.scopes.length > 0 || auth.permission !== ''))
    report('auth.mode', 'NONE reads no credential, so it can neither need scopes nor a permission');
  if (auth.resource !== '' && auth.permission === '') report('auth.resource', 'needs a permission');
  const names = templateNames(auth.resource);
  if (names === null) report('auth.resource', 'is not a template');
  for (const name of names ?? [])
    if (!scope.hasKeyField(name)) report('auth.resource', `"${name}" is not a field of the request`);
  if (auth.scopes.some((each) => !SCOPE_TOKEN.test(each))) report('auth.scopes', 'a scope is not a token of RFC 6749');
  if (auth.credentials.includes(AuthPolicy_Credential.UNKNOWN))
    report('auth.credentials', 'UNKNOWN is not a kind of credential');
};

/** How often it may be called. */
export const rateLimitRules: PolicyRule = ({ rateLimits, auth }, scope, report) => {
  if (rateLimits.length > MAX_LIMITS) report('rate_limits', `more than ${MAX_LIMITS}`);
  const names = rateLimits.map(({ name }) => name);
  checkUnique(report, 'rate_limits', names);
  const anonymous = auth?.mode === AuthPolicy_Mode.NONE;
  rateLimits.forEach((limit, index) => {
    const at = `rate_limits[${index}]`;
    checkAmounts(limit, at, report);
    checkKey(limit, at, anonymous, scope, report);
  });
};

function checkAmounts({ name, requests, window, burstLimit, cost }: RateLimitPolicy, at: string, report: Report): void {
  if (!NAME.test(name)) report(`${at}.name`, `"${name}" is not a name`);
  if (requests < 1) report(`${at}.requests`, 'must be at least 1');
  if (!window) report(`${at}.window`, 'is missing');
  checkDuration(report, `${at}.window`, window, SECOND_MS, DAY_MS);
  if (cost === 0) report(`${at}.cost`, 'must be at least 1');
  const ceiling = burstLimit === 0 ? requests : Math.min(requests, burstLimit);
  if (cost !== undefined && cost > ceiling)
    report(`${at}.cost`, `is above the ceiling of ${ceiling}: no call could pass`);
}

function checkKey(limit: RateLimitPolicy, at: string, anonymous: boolean, scope: PolicyScope, report: Report): void {
  if (limit.userBased && limit.by.length > 0) report(`${at}.by`, 'stands beside user_based: choose one');
  checkUnique(report, `${at}.by`, limit.by);
  for (const part of limit.by) {
    const problem = keyPartProblem(part, KEYS, anonymous, scope);
    if (problem !== null) report(`${at}.by`, problem);
  }
}

/** Headers that the route adds or removes. */
export const securityHeaderRules: PolicyRule = ({ securityHeaders }, _scope, report) => {
  for (const [name, value] of Object.entries(securityHeaders?.headers ?? {})) {
    if (!TOKEN.test(name)) report('security_headers.headers', `"${name}" is not a header's name`);
    // RFC 9110 §5.5: anything else would let a value end the header.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      report('security_headers.headers', `the value of "${name}" has control characters`);
  }
};
