import type { ConfigDefinition } from './definition';
import type { Field } from './field';

/** The configuration in use, one `KEY=value` line each, in the order of declaration; secrets and passwords are redacted. */
export function printConfig<V>(definition: ConfigDefinition<V>, values: V): string {
  const entries = Object.entries<Field<unknown>>(definition.fields);
  return entries.map(([name, field]) => `${field.env}=${field.show(values[name as keyof V])}`).join('\n');
}

/** The reference page of an app's configuration: a Markdown table. */
export function configReference<V>(definition: ConfigDefinition<V>): string {
  const rows = Object.values<Field<unknown>>(definition.fields).map(
    (field) => `| \`${field.env}\` | ${cell(field.type)} | ${cell(unsetText(field))} | ${cell(field.doc)} |`,
  );
  return ['| variable | value | not set | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function unsetText(field: Field<unknown>): string {
  if (field.unset.required) return 'required';
  const shown = field.show(field.unset.value);
  return shown === '' ? '' : `\`${shown}\``;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
