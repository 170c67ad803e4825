import type { ApiPath } from './api-route';

/** A wildcard of a template: one path parameter. */
export interface PathSlot {
  /** As the template calls it, such as `project_id`; numbered when a variable has several wildcards. */
  readonly name: string;
  /** The field that it fills alone; null: only a part of one, or nothing. */
  readonly field: readonly string[] | null;
  /** Whether it takes slashes (`**`). */
  readonly isRest: boolean;
}

/** A path as OpenAPI writes it. */
export interface DescribedPath {
  /** Such as `/v1/shelves/{name}`: what is fixed inside a variable stands outside its braces. */
  readonly text: string;
  /** Equal for paths that differ only in the names of their parameters, which OpenAPI takes for one. */
  readonly shape: string;
  readonly slots: readonly PathSlot[];
}

/** Describes a template. */
export function describePath({ segments, variables, verb }: ApiPath): DescribedPath {
  const slots: PathSlot[] = [];
  const parts = segments.map(({ kind, text }, index) => {
    if (kind === 'literal') return text;
    const variable = variables.find(({ from, to }) => from <= index && (to === -1 || index < to));
    const isRest = kind === 'rest' || kind === 'variableRest';
    const slot = variable === undefined ? unnamed(isRest, slots.length) : named(variable, index);
    slots.push({ ...slot, isRest });
    return `{${slot.name}}`;
  });
  const end = verb === '' ? '' : `:${verb}`;
  const text = `/${parts.join('/')}${end}`;
  return { text, shape: text.replace(/\{[^}]*\}/g, '{}'), slots };

  function named({ path, from, to }: ApiPath['variables'][number], index: number): Omit<PathSlot, 'isRest'> {
    const own = segments.slice(from, to === -1 ? undefined : to);
    const name = path.join('.');
    if (own.length === 1) return { name, field: path };
    const wildcards = own.filter(({ kind }) => kind !== 'literal').length;
    const position = segments.slice(from, index + 1).filter(({ kind }) => kind !== 'literal').length;
    return { name: wildcards === 1 ? name : `${name}_${position}`, field: null };
  }
}

const unnamed = (isRest: boolean, before: number): Omit<PathSlot, 'isRest'> => ({
  name: isRest ? 'rest' : `segment_${before + 1}`,
  field: null,
});
