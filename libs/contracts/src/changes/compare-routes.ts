import type { HttpBinding } from '../bindings';
import type { CompiledMethod } from '../compile';
import { methodPlace } from '../compile';
import { templateNames } from '../field-path';
import type { ReportChange } from './contract-change';

/** Reports how a method's REST routes differ: what a caller could send before is to mean the same. */
export function compareRoutes(before: CompiledMethod, after: CompiledMethod, report: ReportChange): void {
  const { file, symbol: element } = methodPlace(after.desc);
  for (const binding of before.bindings) {
    const name = nameOfRoute(binding);
    const now = after.bindings.find((each) => takesOver(each, binding));
    const at = { file, element, kind: 'changed' } as const;
    if (!now) report({ ...at, kind: 'removed', rule: 'ROUTE_NO_DELETE', detail: `the route ${name} is gone` });
    else if (String(templateNames(now.path)) !== String(templateNames(binding.path)))
      report({ ...at, rule: 'ROUTE_SAME_VARIABLES', detail: `the route ${name} fills other fields: ${now.path}` });
    else if (now.body !== binding.body || now.responseBody !== binding.responseBody)
      report({
        ...at,
        rule: 'ROUTE_SAME_BODY',
        detail: `the route ${name} had ${bodiesOf(binding)}, ${bodiesOf(now)} now`,
      });
  }
  for (const binding of after.bindings)
    if (!before.bindings.some((each) => takesOver(each, binding)))
      report({ file, element, kind: 'added', rule: null, detail: `the route ${nameOfRoute(binding)}` });
}

/** A route for people. */
export const nameOfRoute = ({ method, path }: HttpBinding): string => `${method} ${path}`;

/** Whether everything that the other matches is matched by this one. */
const takesOver = (now: HttpBinding, before: HttpBinding): boolean =>
  (now.method === '*' || now.method === before.method) && shapeOf(now.path) === shapeOf(before.path);

const shapeOf = (path: string): string =>
  path.replace(/\{[^}=]*(?:=([^}]*))?\}/g, (_all, pattern?: string) => pattern ?? '*');

const bodiesOf = ({ body, responseBody }: HttpBinding): string =>
  `body "${body}"${responseBody === '' ? '' : ` and response_body "${responseBody}"`}`;
