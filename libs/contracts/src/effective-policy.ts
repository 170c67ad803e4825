import { clone, type DescField, isFieldSet } from '@bufbuild/protobuf';
import { type RoutePolicy, RoutePolicySchema } from './gen/gateway/v1/policy_pb';

/**
 * The policy of a route: every top-level field that `override` sets replaces `base`'s whole. Lists aren't appended, and
 * an enum without presence (`mock`) counts as set when it isn't its zero value.
 * @param base the service's policy, or a route file's defaults
 * @param override the method's policy, or the route's
 */
export function effectivePolicy(base: RoutePolicy, override: RoutePolicy): RoutePolicy {
  const merged = clone(RoutePolicySchema, base);
  const source = clone(RoutePolicySchema, override);
  for (const field of RoutePolicySchema.fields) {
    if (isFieldSet(source, field)) assign(merged, source, field);
  }
  return merged;
}

function assign(target: RoutePolicy, source: RoutePolicy, field: DescField): void {
  const name = field.localName as keyof RoutePolicy;
  Object.assign(target, { [name]: source[name] });
}
