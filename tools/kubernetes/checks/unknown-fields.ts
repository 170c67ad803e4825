import * as models from '@kubernetes/client-node';
import { type KubernetesObject, nameOf } from '../manifest';

/** A field of a model: its name on the wire and its type, as the client's generator writes them. */
interface Field {
  readonly baseName: string;
  readonly type: string;
}
const MODELS = models as unknown as Readonly<Record<string, { getAttributeTypeMap?(): readonly Field[] } | undefined>>;

/**
 * Fields that Kubernetes doesn't know, such as misspelt ones. Its schemas allow them, and the API server drops them
 * without a word; the generated models of the client know every field.
 */
export const unknownFields = (objects: readonly KubernetesObject[]): readonly string[] =>
  objects.flatMap((object) =>
    unknownIn(object, `V1${object.kind}`).map((path) => `${nameOf(object)}: ${path} is no field`),
  );

/** Paths within a value of a type that aren't fields. */
function unknownIn(value: unknown, type: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  const element = /^Array<(.+)>$/.exec(type)?.[1] ?? /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (element !== undefined)
    return Object.entries(value).flatMap(([key, each]) =>
      below(Array.isArray(value) ? `[${key}]` : key, each, element),
    );
  const fields = MODELS[type]?.getAttributeTypeMap?.();
  if (fields === undefined) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const field = fields.find(({ baseName }) => baseName === key);
    return field === undefined ? [key] : below(key, each, field.type);
  });
}

const below = (key: string, value: unknown, type: string): string[] =>
  unknownIn(value, type).map((path) => `${key}${path.startsWith('[') ? '' : '.'}${path}`);
