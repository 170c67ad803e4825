import type { Field } from './field';

/** Fields by the name that the app uses for them. */
export type Fields = Readonly<Record<string, Field<any>>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- fields of any type

/** The values of fields. */
export type ValuesOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** The whole configuration of one app. */
export interface ConfigDefinition<V> {
  /** The app's name, such as `edge-router`. */
  readonly app: string;
  /** The prefix of the app's own variables, such as `EDGE_`. An unknown variable with it is a problem. */
  readonly prefix: string;
  readonly fields: { readonly [K in keyof V]: Field<V[K]> };
  /** Problems between fields that are each right by themselves; each names its key. */
  readonly check?: (values: V) => readonly string[];
}

/** The values of a definition: `type Config = InferConfig<typeof edgeConfig>`. */
export type InferConfig<D> = D extends ConfigDefinition<infer V> ? V : never;

/**
 * Defines an app's configuration from fields and fragments:
 * `fields: { ...platformFields, ...adminFields('EDGE_', 9901), httpsPort: port('EDGE_HTTPS_PORT', {...}) }`.
 * @throws Error when two fields read the same variable
 */
export function defineConfig<const F extends Fields>(definition: {
  app: string;
  prefix: string;
  fields: F;
  check?: (values: ValuesOf<F>) => readonly string[];
}): ConfigDefinition<ValuesOf<F>> {
  const seen = new Set<string>();
  for (const { env } of Object.values(definition.fields)) {
    if (seen.has(env)) throw new Error(`two fields of ${definition.app} read ${env}`);
    seen.add(env);
  }
  return definition as unknown as ConfigDefinition<ValuesOf<F>>;
}
