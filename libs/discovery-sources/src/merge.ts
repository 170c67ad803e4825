import type { SourceKind } from './instance';

/**
 * How several sources of one service are put together.
 * - `first`: those of the first source that has one to call. The others are there for when it has none.
 * - `union`: those of all sources.
 */
export type MergeRule = 'first' | 'union';

/** What one source knows of a service: those that may be called. */
export interface Listed<T> {
  readonly kind: SourceKind;
  readonly instances: readonly T[];
}

/**
 * Puts the instances of a service's sources together. Of two with one address, in a union, one stays: the registry's
 * if it has one (it knows owner, generation and contract), else that of the earlier source.
 * @param lists in order of precedence
 */
export function merge<T extends { readonly address: string }>(
  lists: readonly Listed<T>[],
  rule: MergeRule,
): readonly T[] {
  if (rule === 'first') return lists.find(({ instances }) => instances.length > 0)?.instances ?? [];
  const byAddress = new Map<string, T>();
  // A map keeps the place of the first of its kind, so precedence also decides the order.
  for (const { kind, instances } of lists)
    for (const instance of instances)
      if (kind === 'registry' || !byAddress.has(instance.address)) byAddress.set(instance.address, instance);
  return [...byAddress.values()];
}
