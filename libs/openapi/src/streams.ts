import type { ApiRoute } from './api-route';

/** One JSON text a line: what a body of messages is. */
export const LINES = 'application/x-ndjson';

/** Which sides of a route's method say any number of messages. */
export function streamsOf({ call }: Pick<ApiRoute, 'call'>): { readonly client: boolean; readonly server: boolean } {
  const kind = call?.method.methodKind;
  const both = kind === 'bidi_streaming';
  return { client: both || kind === 'client_streaming', server: both || kind === 'server_streaming' };
}

/** Whether a method can't be called with a plain request: its client streams, and the route has no body to do it in. */
export const isSocketOnly = (route: ApiRoute): boolean =>
  streamsOf(route).client && route.methods.length > 0 && route.methods.every((each) => each === 'GET');

/** What the document can't say of a streaming method in its own words; '' for others. */
export function streamText(route: ApiRoute): string {
  const { client, server } = streamsOf(route);
  if (!client && !server) return '';
  const lines = [client ? 'the request' : '', server ? 'the answer' : ''].filter((side) => side !== '');
  const overHttp = `A stream: ${lines.join(' and ')} has one JSON message a line.`;
  const overSocket = 'Over WebSocket, on the same path, each text message is one of them.';
  return isSocketOnly(route)
    ? `Called over WebSocket alone: each text message is one JSON message.`
    : `${overHttp} ${overSocket}`;
}
