import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { pathField } from './fields';
import type { RequestContext } from './context';
import type { Route } from './route';

/** Stands for what mustn't be shown. */
export const MASK = '[masked]';

const SECRET = /authorization|cookie|token|secret|password|api[-_]?key|signature|sec-websocket-protocol/i;

/** Whether values of a header or query parameter of that name are credentials. */
export const isSecretName = (name: string): boolean => SECRET.test(name);

/** Whether a field of the request may not be shown (`debug_redact`): it, or one that it is in. */
export function isSecretField({ target }: Route, name: string): boolean {
  if (isSecretName(name)) return true;
  return 'method' in target && fieldsOn(target.method.input, name).some((field) => field.proto.options?.debugRedact);
}

/** The fields of a dotted path, as far as they are there. */
function fieldsOn(message: DescMessage, name: string): DescField[] {
  const fields: DescField[] = [];
  let current: DescMessage | undefined = message;
  for (const step of name.split('.')) {
    const field: DescField | undefined = current?.fields.find((each) => each.name === step || each.jsonName === step);
    if (field === undefined) return fields;
    fields.push(field);
    current = field.message;
  }
  return fields;
}

/** The value of a field that the path binds, masked where it must be; null: the path doesn't bind it. */
export function shownCapture(route: Route, context: RequestContext, name: string): string | null {
  const read = pathField(route, name);
  if (read === null) return null;
  return isSecretField(route, name) ? MASK : (read(context) ?? '');
}
