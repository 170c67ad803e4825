import type { CorsPolicy } from './gen/gateway/v1/policy_pb';
import type { PolicyRule, Report } from './policy-rules';
import { checkDuration, checkUnique, DAY_MS, TOKEN } from './policy-values';

/** No script may send these (Fetch standard, "forbidden method"); and a list of methods has no "all". */
const NEVER_ASKED = ['CONNECT', 'TRACE', 'TRACK', '*'];

/** Cross-origin requests. */
export const corsRules: PolicyRule = ({ cors }, _scope, report) => {
  if (!cors) return;
  checkOrigins(cors, report);
  for (const name of ['methods', 'headers', 'expose'] as const) {
    if (cors[name].some((each) => !TOKEN.test(each))) report(`cors.${name}`, 'has something that is not a token');
    checkUnique(report, `cors.${name}`, cors[name]);
  }
  for (const method of cors.methods)
    if (method !== method.toUpperCase() || NEVER_ASKED.includes(method))
      report('cors.methods', `"${method}" is not a method that a script can ask for`);
  if (cors.credentials && cors.expose.includes('*'))
    report('cors.expose', '"*" means nothing to browsers in answers to requests with credentials');
  checkDuration(report, 'cors.max_age', cors.maxAge, 0, DAY_MS);
};

function checkOrigins({ origins, methods, headers, expose, credentials, maxAge }: CorsPolicy, report: Report): void {
  const says = methods.length + headers.length + expose.length > 0 || credentials || maxAge !== undefined;
  // Without anything it takes back what the service allows.
  if (origins.length === 0 && says) report('cors.origins', 'is missing: without an origin nothing is allowed');
  if (origins.includes('*') && origins.length > 1) report('cors.origins', '"*" stands beside others');
  if (credentials && origins.includes('*'))
    report('cors.credentials', 'browsers refuse credentials with the origin "*"');
  checkUnique(report, 'cors.origins', origins);
  for (const origin of origins)
    if (origin !== '*' && !isOrigin(origin))
      report('cors.origins', `"${origin}" is not an origin as browsers write it`);
}

/** Scheme, host and port in the one form that browsers send; the host may begin with `*.`, for all hosts below it. */
function isOrigin(origin: string): boolean {
  const plain = origin.replace(/^(https?:\/\/)\*\.(?=[^.]+\.)/, '$1x.');
  if (!/^https?:\/\/[^*]+$/.test(plain) || !URL.canParse(plain)) return false;
  return new URL(plain).origin === plain;
}
