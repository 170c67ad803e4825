import type { JsonValue } from '@bufbuild/protobuf';
import type { HeaderList } from '@gateway/pipeline';
import type { RequestContext } from './context';
import { isSecretField, isSecretName, MASK, shownCapture } from './masked';
import type { Route } from './route';

/** What a stage does with the requests of a route, for people. Milliseconds and bytes are plain numbers. */
export type Settings = Readonly<Record<string, JsonValue>>;

/**
 * Tells the settings of a stage that the route uses. Stands beside the stage's factory, and is listed in
 * `descriptions.ts`.
 * @param context a request that isn't sent: what is known of it once it is matched, before anything is verified or decoded
 */
export type DescribeStage<Ports> = (route: Route, context: RequestContext, ports: Ports) => Settings;

/** Fields by name, with the values of credentials masked. */
export function shownHeaders(headers: HeaderList): Record<string, string> {
  const shown: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i]!, headers[i + 1]!];
    shown[name] = isSecretName(name) ? MASK : value;
  }
  return shown;
}

/** The value of a header of the request; null: it has none. */
export const shownHeader = ({ headers }: RequestContext, name: string): string | null =>
  shownHeaders(headers)[name.toLowerCase()] ?? null;

/** The value of a field as far as the path has it. */
export const shownField = (route: Route, context: RequestContext, name: string): string =>
  shownCapture(route, context, name) ?? `${name} of the request`;

const CALLER = 'who the credential says, else the address';

/** What the parts of a key are for that request, by the names that policies have for them. */
export function shownKey(route: Route, context: RequestContext, parts: readonly string[]): Settings {
  const shown = (part: string): string | null => {
    if (part === 'ip') return context.clientAddress;
    if (part.startsWith('header:')) return shownHeader(context, part.slice('header:'.length));
    return part.startsWith('field:') ? shownField(route, context, part.slice('field:'.length)) : CALLER;
  };
  return Object.fromEntries(parts.map((part) => [part, shown(part)]));
}

/** The target of the request, with what mustn't be shown masked. */
export function shownTarget(route: Route, context: RequestContext): string {
  const query = shownQuery(route, context.query);
  return query === '' ? shownPath(route, context) : `${shownPath(route, context)}?${query}`;
}

/** The path; one with a variable that mustn't be shown is its template. */
export const shownPath = (route: Route, { path }: RequestContext): string =>
  route.template.variables.some((variable) => isSecretField(route, variable.path.join('.')))
    ? route.template.source
    : path;

/** The query, as it came but for the values that mustn't be shown. */
export const shownQuery = (route: Route, query: string): string =>
  query
    .split('&')
    .map((pair) => {
      const [name] = pair.split('=', 1);
      return isSecretField(route, decodeQuery(name!)) ? `${name}=${MASK}` : pair;
    })
    .join('&');

/** A name that is no percent-encoding is nobody's field. */
function decodeQuery(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
