import type { JsonObject } from '@bufbuild/protobuf';
import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { isSchema, rebaseReferences, type Schema } from '@gateway/json-schema';
import type { ApiHttp } from '@gateway/openapi';
import type { Route } from '../pipeline/route';
import { requestMode } from '../validation/route-rules';
import type { HttpDescription } from './http-description';

/** What a route file says of a plain HTTP route, for the document; undefined: nothing. */
export function apiHttp({ id, target, policy }: Route): ApiHttp | undefined {
  if (target.kind !== 'http' || target.description === undefined) return undefined;
  const { operation, checked, schemas: shared } = target.description;
  const name = id.replace(/^file:/, '').replace(/[^A-Za-z0-9._-]/g, '_');
  const hosted: Record<string, Schema> = { ...shared };
  const host = (part: 'body' | 'response'): JsonObject | undefined => {
    const schema = checked[part];
    if (schema === undefined) return undefined;
    const component = `${name}.${part}`;
    hosted[component] = rebaseReferences(schema, `#/components/schemas/${component}`);
    return { $ref: `#/components/schemas/${component}` };
  };
  const [body, response] = [host('body'), host('response')];
  const parameters = [
    ...parametersOf(checked.query, 'query', `${name}.query`, hosted),
    ...parametersOf(checked.headers, 'header', `${name}.headers`, hosted),
  ];
  return {
    operation: operation as JsonObject,
    schemas: hosted as Record<string, JsonObject>,
    ...(body && { body }),
    ...(response && { response }),
    parameters,
    enforced: requestMode(policy) === Mode.ENFORCE,
  };
}

/** The members of a schema of parameters. The schema itself is in the document when one of them refers to a part of it. */
function parametersOf(
  schema: HttpDescription['checked']['query'],
  where: 'query' | 'header',
  component: string,
  hosted: Record<string, Schema>,
): JsonObject[] {
  if (schema === undefined) return [];
  const base = `#/components/schemas/${component}`;
  const rebased = rebaseReferences(schema, base);
  if (JSON.stringify(rebased).includes(`"$ref":"${base}`)) hosted[component] = rebased;
  const required = (schema['required'] as string[] | undefined) ?? [];
  const properties = isSchema(rebased['properties']) ? rebased['properties'] : {};
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = isSchema(property) ? property : {};
    const words = typeof description === 'string' ? { description } : {};
    const must = required.includes(name) ? { required: true } : {};
    return { name, in: where, ...words, ...must, schema: rest } as JsonObject;
  });
}
