import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@gateway/clock';
import { GatewayError, PROBLEM_JSON, toProblem } from '@gateway/errors';
import { peerOfSocket, type Identity } from '@gateway/mtls';
import type { CallCounter } from '../calls/call-counter';
import type { SwitchableListener } from '../listeners';
import { answer } from './answers';

/** How long open exchanges may take when the listener drains, in ms. */
const DRAIN_MS = 10_000;

/** What the echo works with. */
export interface EchoOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly identity: Identity;
  /** Names of the identities that may call. */
  readonly allow: readonly string[];
  readonly calls: CallCounter;
  readonly clock: Clock;
}

/** The echo: an HTTP/1.1 service over mutual TLS. */
export class EchoListener implements SwitchableListener {
  #server: Server | null = null;
  #address: EchoOptions['address'];

  constructor(private readonly options: EchoOptions) {
    this.#address = options.address;
  }

  get address(): EchoOptions['address'] {
    return this.#address;
  }

  async start(): Promise<void> {
    if (this.#server !== null) return;
    const { identity } = this.options;
    const server = createServer(identity.tlsServerOptions({ clientCert: 'required' }), (request, response) =>
      this.#serve(request, response),
    );
    const endFresh = identity.keepFresh(server);
    server.once('close', endFresh);
    server.listen(this.#address.port, this.#address.host);
    await once(server, 'listening');
    this.#server = server;
    this.#address = { host: this.#address.host, port: (server.address() as AddressInfo).port };
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Lets open exchanges end, for a while. */
  async drain(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const cut = this.options.clock.after(DRAIN_MS, () => server.closeAllConnections());
    await closed;
    cut.cancel();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#mayCall(request.socket as TLSSocket)) return refuse(request, response);
    this.options.calls.add(`echo/${request.method}`);
    // Only a broken connection makes an answer fail: there is nobody left to tell.
    answer(request, response, this.options.clock).catch(() => response.destroy());
  }

  #mayCall(socket: TLSSocket): boolean {
    const peer = peerOfSocket(socket);
    return peer !== null && this.options.allow.includes(peer.name);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const problem = toProblem(new GatewayError('GW_FORBIDDEN', { detail: 'Only the edge may call this service' }));
  response.writeHead(problem.status, { 'content-type': PROBLEM_JSON }).end(JSON.stringify(problem));
}
