import type { DescMessage } from '@bufbuild/protobuf';

/** A message's type and those of everything that may be inside. */
export function reachableTypes(root: DescMessage): DescMessage[] {
  const found = new Set([root]);
  // A set that grows while it is walked is walked to its new end.
  for (const { fields } of found) for (const { message } of fields) if (message !== undefined) found.add(message);
  return [...found];
}
