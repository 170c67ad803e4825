import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import type { EngineLimits } from './limits';

/**
 * Turns bytes into requests and responses into bytes. The port between the transport and the pipeline: `node/` is one
 * implementation, and `engine.conformance.ts` is what each of them has to pass.
 */
export interface Engine {
  /**
   * Binds the sockets and starts to answer. Nothing is left bound when it fails.
   * @param handler must not throw: errors become responses in the pipeline. When it does throw, the client gets a
   *   bare GW_INTERNAL and `EngineEvents.onHandlerError` the error.
   * @throws the system's error when an address can't be bound, or an error of the TLS library for unusable credentials
   */
  listen(options: ListenOptions, handler: EdgeHandler): Promise<Listener>;
}

/** Answers every request that an engine could read. */
export type EdgeHandler = (request: EdgeRequest) => EdgeResponse | Promise<EdgeResponse>;

/** Where to listen. At least one of `http` and `https`. */
export interface ListenOptions {
  readonly http?: PlainAddress;
  readonly https?: SecureAddress;
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<EngineLimits>;
}

/** An address without TLS. */
export interface PlainAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** `redirect` answers everything with a 308 to the same URL over HTTPS, `serve` passes requests to the handler. */
  readonly mode: 'redirect' | 'serve';
  /** The port in the redirect's URL; left out when it is 443. By default the port that HTTPS is bound to. */
  readonly redirectPort?: number;
}

/** An address with TLS 1.2 or 1.3; HTTP/2 and HTTP/1.1 by ALPN. */
export interface SecureAddress extends Certificate {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What the engine shows to clients: PEM texts. */
export interface Certificate {
  /** The leaf first, then the intermediates. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** A bound address. */
export interface BoundAddress {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

/** Sockets that are bound and their connections. */
export interface Listener {
  readonly addresses: readonly BoundAddress[];
  /** Shows another certificate to connections from now on; open ones stay. Throws, and keeps the old one, when it is unusable. */
  setCertificate(certificate: Certificate): void;
  /** Lets what is in flight finish, then closes. Resolves when everything is closed. Never rejects; a second call joins the first. */
  drain(options: DrainOptions): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
  stats(): ListenerStats;
}

/** How long each part of a drain may take. All from its beginning, in milliseconds. */
export interface DrainOptions {
  /**
   * New connections and idle ones are still served until then, each told to go away with its answer: a client's next
   * request and our closing of its connection must not cross.
   */
  readonly acceptMs: number;
  /** Tunnels (WebSocket) are closed then. */
  readonly tunnelsMs: number;
  /** What is still open then is destroyed. */
  readonly withinMs: number;
}

/** Gauges of a listener. */
export interface ListenerStats {
  readonly connections: number;
  /** Requests whose response has not ended. */
  readonly requests: number;
  readonly tunnels: number;
  /** Bytes of bodies that are being collected into one buffer. */
  readonly collectedBytes: number;
}

/** What an engine tells to whoever logs and counts. Called on the request path: must be quick and must not throw. */
export interface EngineEvents {
  /** The handler threw: a bug in the pipeline. */
  onHandlerError?(error: unknown): void;
  /** A request was refused before it reached the handler. `code` is an error code such as GW_HEADERS_TOO_LARGE. */
  onRefused?(code: string, remoteAddress: string): void;
}
