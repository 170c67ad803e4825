import type { ConfigDefinition } from './definition';
import type { Environment } from './environment';
import { FieldRefusal, type Field } from './field';
import { SHARED_VARIABLES } from './fragments';
import { isKubernetesLink, isLinkUrl } from './kubernetes';

/** A configuration that can't be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param problems one line each, beginning with the variable's name */
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const SHARED_PREFIX = 'GATEWAY_';

/**
 * Reads an app's configuration. An empty variable counts as unset, except where a field gives it a meaning of its own.
 * @throws ConfigError with every problem at once: wrong values, missing and unknown variables
 */
export function loadConfig<V>(definition: ConfigDefinition<V>, env: Environment): V {
  const production = env['GATEWAY_PROFILE'] === 'production';
  const problems = unknownVariables(definition, env);
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries<Field<unknown>>(definition.fields)) {
    try {
      values[name] = read(field, env, production);
    } catch (error) {
      if (!(error instanceof FieldRefusal)) throw error;
      problems.push(...error.problems.map((problem) => `${field.env}: ${problem}`));
    }
  }
  if (problems.length === 0) problems.push(...(definition.check?.(values as V) ?? []));
  if (problems.length > 0) throw new ConfigError(problems);
  return values as V;
}

function read(field: Field<unknown>, env: Environment, production: boolean): unknown {
  const raw = env[field.env];
  if (raw === '' && field.empty) return field.empty.value;
  if (raw !== undefined && raw !== '' && !isLinkUrl(field.env, raw)) return field.parse(raw);
  if (field.unset.required) throw new FieldRefusal(['is required']);
  if (production && field.decideInProduction) {
    throw new FieldRefusal(['must be set in production, or set to none on purpose']);
  }
  return field.unset.value;
}

function unknownVariables<V>(definition: ConfigDefinition<V>, env: Environment): string[] {
  const known = new Set(Object.values<Field<unknown>>(definition.fields).map((field) => field.env));
  return Object.entries(env)
    .filter(([name]) => name.startsWith(definition.prefix) || name.startsWith(SHARED_PREFIX))
    .filter(([name, value]) => !known.has(name) && !SHARED_VARIABLES.has(name) && !isKubernetesLink(name, value ?? ''))
    .map(([name]) => `${name}: is not a setting of ${definition.app}`)
    .sort();
}
