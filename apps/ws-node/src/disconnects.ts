/** Why the node ends a connection, and what the client should do about it. */
export interface Disconnect {
  /** For people and logs. */
  readonly detail: string;
  /**
   * `reconnect`: the transport is closed, after which a Socket.IO client comes back by itself, usually to another node.
   * `give-up`: the client is disconnected, and stays so until it is told to connect again.
   */
  readonly then: 'reconnect' | 'give-up';
}

/**
 * Every way in which the node itself ends a connection. The client hears it as the event `closing`
 * `{code, detail, reconnect}` just before.
 */
export const DISCONNECTS = {
  draining: { detail: 'the node is shutting down', then: 'reconnect' },
  slow_consumer: { detail: 'too many messages wait for this client', then: 'reconnect' },
  token_expired: { detail: 'the token has expired: connect with a fresh one', then: 'give-up' },
  session_ended: { detail: 'the session has ended', then: 'give-up' },
  flooding: { detail: 'the client sends too many events', then: 'give-up' },
} as const satisfies Record<string, Disconnect>;

/** A key of `DISCONNECTS`. */
export type DisconnectCode = keyof typeof DISCONNECTS;
