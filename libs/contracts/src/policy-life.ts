import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Brownout, DeprecationPolicy } from './gen/gateway/v1/policy_pb';
import type { PolicyRule, Report } from './policy-rules';
import { checkDuration, DAY_MS, HOUR_MS, milliseconds, SECOND_MS } from './policy-values';

const VERSION = /^[a-z0-9][a-z0-9.-]{0,31}$/;
/** What stands between the angle brackets of a `Link`. */
const PATH = /^\/[^\s<>"\\]*$/;
const WEEK_MS = 7 * DAY_MS;
/** A year of weekly ones that move. */
const MAX_BROWNOUTS = 64;

/** How long a call may take. */
export const timeoutRules: PolicyRule = ({ timeout }, _scope, report) =>
  checkDuration(report, 'timeout', timeout, 1, HOUR_MS);

/** The API version. */
export const versionRules: PolicyRule = ({ version }, _scope, report) => {
  if (version !== '' && !VERSION.test(version)) report('version', `"${version}" is not a version such as v1`);
};

/** The end of the route's life. */
export const deprecationRules: PolicyRule = ({ deprecation }, _scope, report) => {
  if (!deprecation) return;
  const { deprecatedAt, sunsetAt, link, successor, brownouts } = deprecation;
  if (deprecatedAt && sunsetAt && timestampMs(sunsetAt) < timestampMs(deprecatedAt))
    report('deprecation.sunset_at', 'lies before deprecated_at'); // RFC 9745 §4
  if (link !== '' && !URL.canParse(link)) report('deprecation.link', `"${link}" is not a URL`);
  if (successor !== '' && !VERSION.test(successor) && !PATH.test(successor) && !URL.canParse(successor))
    report('deprecation.successor', `"${successor}" is neither a URL, nor an absolute path, nor a version`);
  if (brownouts.length > MAX_BROWNOUTS) report('deprecation.brownouts', `more than ${MAX_BROWNOUTS}`);
  brownouts.forEach((each, index) => checkBrownout(each, deprecation, `deprecation.brownouts[${index}]`, report));
};

/** An interruption is for callers who have been told, and of a route that is still there. */
function checkBrownout(
  { start, duration, every }: Brownout,
  { deprecatedAt, sunsetAt }: DeprecationPolicy,
  at: string,
  report: Report,
): void {
  if (!start) report(`${at}.start`, 'is missing');
  if (!duration) report(`${at}.duration`, 'is missing');
  checkDuration(report, `${at}.duration`, duration, SECOND_MS, WEEK_MS);
  checkDuration(report, `${at}.every`, every, SECOND_MS, 366 * DAY_MS);
  if (duration && every && milliseconds(every) < milliseconds(duration))
    report(`${at}.every`, 'is shorter than duration');
  if (!start) return;
  if (!deprecatedAt || timestampMs(start) < timestampMs(deprecatedAt))
    report(`${at}.start`, 'lies before deprecated_at');
  if (sunsetAt && timestampMs(start) >= timestampMs(sunsetAt)) report(`${at}.start`, 'does not lie before sunset_at');
}

/** The objective. */
export const sloRules: PolicyRule = ({ slo }, _scope, report) => {
  if (!slo) return;
  if (!(slo.objective > 0 && slo.objective < 1)) report('slo.objective', 'must be above 0 and below 1, such as 0.999');
  checkDuration(report, 'slo.latency', slo.latency, 1, HOUR_MS);
};
