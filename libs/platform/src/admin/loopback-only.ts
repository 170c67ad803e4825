import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError, PROBLEM_JSON, toProblem } from '@gateway/errors';

/** What answers to everyone: what Kubernetes and Prometheus ask for. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/startupz', '/metrics']);
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an IP address is this machine's loopback. */
export const isLoopback = (ip: string): boolean =>
  (isIPv4(ip) && ip.startsWith('127.')) || (isIPv6(ip) && (ip === '::1' || ip.startsWith('::ffff:127.')));

/**
 * Whether a request may see more than probes and metrics: it comes from this machine, under a loopback name, and not from
 * a web page elsewhere (a name that a page's owner resolves to 127.0.0.1 would otherwise reach us through the browser).
 */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  if (!isLoopback(socket.remoteAddress ?? '')) return false;
  const { host = '', origin } = headers;
  const sameOrigin = origin === undefined || origin === `http://${host}`;
  return sameOrigin && LOOPBACK_NAMES.has(host.replace(/:\d+$/, ''));
}

/** Fastify `onRequest` hook of the admin plane: off loopback only probes and metrics answer. */
export async function loopbackOnly(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const [path = ''] = request.url.split('?');
  if (PUBLIC_PATHS.has(path) || isLocal(request)) return;
  const error = new GatewayError('GW_FORBIDDEN', { detail: 'Admin pages answer over loopback only' });
  const problem = toProblem(error, { instance: path, requestId: String(request.id) });
  await reply.status(problem.status).type(PROBLEM_JSON).send(JSON.stringify(problem));
}
