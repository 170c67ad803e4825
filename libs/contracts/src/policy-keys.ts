import type { PolicyScope } from './policy-scope';
import { TOKEN } from './policy-values';

/**
 * Why a part of a key can't be used; null: it can.
 * @param words what is allowed beside `header:<name>` and `field:<path>`
 * @param anonymous whether the route never knows its caller
 */
export function keyPartProblem(
  part: string,
  words: readonly string[],
  anonymous: boolean,
  scope: PolicyScope,
): string | null {
  if (words.includes(part)) return part !== 'ip' && anonymous ? `"${part}" is never known with auth mode NONE` : null;
  const [kind, name = ''] = part.split(/:(.*)/s, 2);
  if (kind === 'header') return TOKEN.test(name) ? null : `"${name}" is not a header's name`;
  if (kind === 'field') return scope.hasKeyField(name) ? null : `"${name}" is not a field of the request`;
  return `"${part}" is none of ${[...words, 'header:<name>', 'field:<path>'].join(', ')}`;
}
