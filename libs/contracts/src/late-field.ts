import type { RoutePolicy } from './gen/gateway/v1/policy_pb';

/**
 * A field that a policy decides by before the call, and that a client which streams has not said by then: only what is in
 * the path is known. Undefined: there is none.
 * @param inPath the fields that the path template names, such as `project.id`
 */
export function lateField(inPath: readonly string[], { auth, rateLimits }: RoutePolicy): string | undefined {
  const resource = [...(auth?.resource ?? '').matchAll(/\{([^{}]*)\}/g)].map((found) => found[1]!);
  const limits = rateLimits.flatMap(({ by }) => by.filter((part) => part.startsWith('field:')));
  const needed = [...resource, ...limits.map((part) => part.slice('field:'.length))];
  return needed.find((name) => !inPath.includes(name));
}
