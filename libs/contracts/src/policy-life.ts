import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { PolicyRule } from './policy-rules';
import { checkDuration, HOUR_MS } from './policy-values';

/** How long a call may take. */
export const timeoutRules: PolicyRule = ({ timeout }, _scope, report) =>
  checkDuration(report, 'timeout', timeout, 1, HOUR_MS);

/** The API version. */
export const versionRules: PolicyRule = ({ version }, _scope, report) => {
  if (version !== '' && !/^[a-z0-9][a-z0-9.-]{0,31}$/.test(version))
    report('version', `"${version}" is not a version such as v1`);
};

/** The end of the route's life. */
export const deprecationRules: PolicyRule = ({ deprecation }, _scope, report) => {
  if (!deprecation) return;
  const { deprecatedAt, sunsetAt, link } = deprecation;
  if (deprecatedAt && sunsetAt && timestampMs(sunsetAt) < timestampMs(deprecatedAt))
    report('deprecation.sunset_at', 'lies before deprecated_at'); // RFC 9745 §4
  if (link !== '' && !URL.canParse(link)) report('deprecation.link', `"${link}" is not a URL`);
};

/** The objective. */
export const sloRules: PolicyRule = ({ slo }, _scope, report) => {
  if (!slo) return;
  if (!(slo.objective > 0 && slo.objective < 1)) report('slo.objective', 'must be above 0 and below 1, such as 0.999');
  checkDuration(report, 'slo.latency', slo.latency, 1, HOUR_MS);
};
