import { createConnection } from 'node:net';
import { connect, type ConnectionOptions as TlsOptions } from 'node:tls';
import { AbstractConnector } from 'ioredis';

/** What the connector reads of a connection's options. */
interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions;
  readonly disconnectTimeout: number;
}

/**
 * Dials one server. ioredis' own connector listens to a socket's first error only; a peer that isn't Redis causes two (a
 * TLS alert and a reset), and the second would end the process.
 */
export class Connector extends AbstractConnector {
  readonly #target: Target;

  /** @param options ioredis' options of the connection, which it hands over untyped */
  constructor(options: unknown) {
    super((options as Target).disconnectTimeout);
    this.#target = options as Target;
  }

  connect(): ReturnType<AbstractConnector['connect']> {
    const { host, port, tls } = this.#target;
    const stream = tls === undefined ? createConnection({ host, port }) : connect({ host, port, ...tls });
    stream.on('error', (error) => (this.firstError = error));
    this.stream = stream;
    return Promise.resolve(stream);
  }
}
