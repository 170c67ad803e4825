import { ConnectionHealth, type ConnectionState, type PooledConnection } from '@gateway/grpc-pool';
import type { Socket } from 'node:net';
import { Client, type buildConnector } from 'undici';
import type { Connector } from './connector';
import { ConnectionGone } from './failure';
import type { AssignedConnection, UpstreamCall } from './upstream-call';

/** What all connections to an endpoint have in common. */
export interface ConnectionSetup {
  readonly origin: string;
  readonly connect: Connector;
  /** Calls that it may carry at a time. */
  readonly streams: number;
  readonly client: Omit<Client.Options, 'connect'>;
}

/** What a connection tells its pool. */
export interface ConnectionEvents {
  opened(connection: HttpConnection): void;
  /** It couldn't be established. */
  failed(connection: HttpConnection, error: Error): void;
  /** It can take a call again. */
  freed(connection: HttpConnection): void;
  /** It takes no more calls; those that it carries may go on. */
  closed(connection: HttpConnection): void;
  /** It was closed, and now carries no call any more. */
  left(connection: HttpConnection): void;
}

/**
 * One connection to an upstream: a socket that we open, when we want, and undici's codec on it. Undici alone connects only
 * when a request is there to wait for it. Over HTTP/1.1 it lives as long as its socket.
 */
export class HttpConnection implements PooledConnection, AssignedConnection {
  readonly health = new ConnectionHealth();
  state: ConnectionState = 'opening';
  inFlight = 0;
  served = 0;
  idleSince: number;
  private socket: Socket | null = null;
  private client: Client | null = null;
  private closed = false;

  /**
   * @param now `Clock.monotonic`
   * @param first a call that has to have this connection; null: whichever waits
   */
  constructor(
    private readonly setup: ConnectionSetup,
    private readonly events: ConnectionEvents,
    now: number,
    readonly expiresAt: number,
    readonly first: UpstreamCall | null,
  ) {
    this.idleSince = now;
    try {
      this.socket = setup.connect((error, socket) => (error === null ? this.opened(socket) : this.failed(error)));
    } catch (error) {
      queueMicrotask(() => this.failed(error as Error));
    }
  }

  /** @param fresh the call waited for this connection: it can't have been closed for idling */
  dispatch(call: UpstreamCall, fresh: boolean): void {
    this.inFlight++;
    call.assign(this, fresh);
    this.client!.dispatch(call.options(), call);
  }

  /** The call is done with the connection. @param failed the connection may be to blame */
  ended(failed: boolean): void {
    this.health.record(failed);
    // Over HTTP/1.1 undici says when the connection can be used again.
    if (this.setup.streams > 1) this.free();
  }

  /** Takes no more calls, and closes after those that it carries. */
  retire(): void {
    if (this.state === 'opening') this.socket?.destroy();
    else this.leave();
  }

  /** Ends its calls too. */
  async destroy(): Promise<void> {
    this.closed = true;
    this.socket?.destroy();
    await this.client?.destroy();
  }

  private opened(socket: Socket): void {
    if (this.closed) return void socket.destroy();
    this.socket = socket;
    this.state = 'ready';
    // Nobody waits for it: it must not keep the process alive.
    socket.unref();
    socket.once('close', this.onClose);
    this.client = new Client(this.setup.origin, { ...this.setup.client, connect: this.handOver });
    this.client.on('disconnect', this.onClose);
    if (this.setup.streams === 1) this.client.on('drain', () => this.free());
    this.events.opened(this);
  }

  private failed(error: Error): void {
    this.closed = true;
    this.events.failed(this, error);
  }

  /** Undici asks for a connection when it has its first request, and once more when that one was lost. */
  private readonly handOver = (_: buildConnector.Options, callback: buildConnector.Callback): void => {
    const { socket } = this;
    this.socket = null;
    if (socket !== null) {
      socket.off('close', this.onClose);
      socket.ref();
      // Not at once: undici wouldn't go on to write the request.
      queueMicrotask(() => callback(null, socket as never));
    } else if (this.setup.streams === 1) callback(new ConnectionGone(), null);
    // Over HTTP/2, requests that the server gave back (GOAWAY) are sent again behind those that it still answers.
    else this.setup.connect((error, next) => (error === null ? callback(null, next as never) : callback(error, null)));
  };

  private readonly onClose = (): void => this.leave();

  private leave(): void {
    if (this.closed) return;
    this.closed = true;
    this.events.closed(this);
    // Before undici has it, the socket is ours to close.
    this.socket?.destroy();
    this.socket = null;
    void this.client?.close().then(
      () => this.events.left(this),
      () => this.events.left(this),
    );
  }

  private free(): void {
    if (this.inFlight === 0) return;
    this.inFlight--;
    if (!this.closed) this.events.freed(this);
  }
}
