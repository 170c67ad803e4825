import { readFileSync } from 'node:fs';
import type { Edge } from '../edge';
import type { Certificate, EdgeHandler, Listener } from '../engine/engine';
import { NodeEngine } from '../engine/node/node-engine';
import { WatchedFile } from '../snapshot/watched-file';

/** How long before a shutdown's end everything that is still open is closed, in milliseconds. */
const MARGIN_MS = 2_000;
/** Idle and new connections are told to go away for that long, so that no client is surprised. */
const ACCEPT_MS = 1_000;

/**
 * Opens the public ports when the service starts, and drains them when it ends.
 * @returns what counts the requests whose response has not ended
 */
export function bindListener(edge: Edge, handler: EdgeHandler): () => number {
  const { clock, lifecycle, logger, info, config } = edge;
  const engine = new NodeEngine({
    clock,
    events: {
      onHandlerError: (error) => logger.error({ err: error }, 'the pipeline threw'),
      onRefused: (code, client) => logger.debug({ code, client }, 'refused before the pipeline'),
    },
  });
  let listening: Listener | null = null;
  lifecycle.onStart(async () => {
    const certificate = readCertificate(edge);
    const listener = await engine.listen(addressesOf(edge, certificate), handler);
    listening = listener;
    for (const address of listener.addresses) logger.info({ address }, 'listening');
    info.add('listeners', () => ({ addresses: listener.addresses, ...listener.stats() }));
    if (certificate !== null) followCertificate(edge, listener);
    lifecycle.onDrain(() => drain(listener, config.shutdownTimeout), 'listener');
    lifecycle.onStop(() => listener.close(), 'listener');
  }, 'listener');
  return () => listening?.stats().requests ?? 0;
}

const drain = (listener: Listener, timeoutMs: number): Promise<void> =>
  listener.drain({
    acceptMs: Math.min(ACCEPT_MS, timeoutMs / 4),
    tunnelsMs: timeoutMs / 2,
    withinMs: Math.max(timeoutMs / 2, timeoutMs - MARGIN_MS),
  });

function addressesOf({ config, info }: Edge, certificate: Certificate | null) {
  const { host, httpPort, httpsPort } = config;
  if (httpsPort !== null && certificate === null) info.standalone('EDGE_TLS_CERT_FILE is not set: HTTPS is off');
  const secure = httpsPort !== null && certificate !== null;
  const mode = config.httpMode ?? (secure ? 'redirect' : 'serve');
  return {
    ...(httpPort === null ? {} : { http: { host, port: httpPort, mode } }),
    ...(secure ? { https: { host, port: httpsPort, ...certificate } } : {}),
  };
}

function readCertificate({ config: { tlsCertFile, tlsKeyFile } }: Edge): Certificate | null {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return null;
  return { cert: readFileSync(tlsCertFile), key: readFileSync(tlsKeyFile) };
}

/** A renewed certificate is shown to new connections; a broken one never replaces a good one. */
function followCertificate(edge: Edge, listener: Listener): void {
  const { config, clock, health, lifecycle, logger } = edge;
  const check = health.add('certificate', { required: false });
  check.ok();
  const renew = (): void => {
    try {
      listener.setCertificate(readCertificate(edge)!);
      check.ok();
      logger.info('a new certificate is in use');
    } catch (error) {
      check.degraded(`the new certificate cannot be used: ${(error as Error).message}`);
      logger.error({ err: error }, 'the new certificate cannot be used: the old one stays');
    }
  };
  const files = [config.tlsCertFile!, config.tlsKeyFile!].map((path) => new WatchedFile(path, clock, renew));
  lifecycle.onStop(() => files.forEach((file) => file.close()), 'certificate');
}
