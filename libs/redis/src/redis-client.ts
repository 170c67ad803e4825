/** An argument of a command. Numbers are sent in decimal. */
export type RedisArgument = string | number | Buffer;

/**
 * `up`: answers and takes writes. `readonly`: answers, refuses writes (a replica, out of memory, a failing disk).
 * `down`: can't be reached, or doesn't answer.
 */
export type RedisState = 'up' | 'readonly' | 'down';

/** A Lua script with its place in the key space. */
export interface ScriptDefinition {
  /** Unique among the scripts of a process; letters only. */
  readonly name: string;
  /** The source. Lives in its own `*.lua.ts` file. */
  readonly lua: string;
}

/**
 * Runs a script in one round trip (EVALSHA; the source is sent once per server life).
 * @throws RedisUnavailableError, RedisReplyError
 */
export type RedisScript<Reply> = (keys: readonly string[], args: readonly RedisArgument[]) => Promise<Reply>;

/** Takes a listener back. */
export type Unsubscribe = () => void;

/**
 * Redis as the rest of the platform sees it. Commands never wait for a connection: while Redis is down they reject at
 * once, and a command without an answer rejects after the client's command timeout. Reconnects by itself.
 */
export interface RedisClient {
  /**
   * Sends one command; replies are strings, numbers, null or arrays of them.
   * @param name the command's name, such as `GET`
   * @throws RedisUnavailableError when Redis is down, goes away or doesn't answer; RedisReplyError when it refuses
   */
  command<Reply = unknown>(name: string, ...args: readonly RedisArgument[]): Promise<Reply>;
  /** As `command`, with bulk strings as Buffers. */
  commandBuffer<Reply = unknown>(name: string, ...args: readonly RedisArgument[]): Promise<Reply>;
  /** Makes a script runnable. */
  defineScript<Reply>(script: ScriptDefinition): RedisScript<Reply>;
  /** As `defineScript`, with bulk strings of the reply as Buffers. */
  defineBufferScript<Reply>(script: ScriptDefinition): RedisScript<Reply>;
  /**
   * Hands on what is published to a channel, on a connection of its own, as long as Redis is up. What is published
   * while the connection is down is lost: channels are hints, `onResubscribed` says when to look at the truth again.
   */
  subscribe(channel: string, handler: (message: string) => void): Unsubscribe;
  /** Calls back whenever all subscriptions are in force, at first and after each reconnect. */
  onResubscribed(listener: () => void): Unsubscribe;
  state(): RedisState;
  onStateChange(listener: (state: RedisState) => void): Unsubscribe;
  /** Identifies the life of the data: another epoch means that Redis came back empty. Null until first connected. */
  epoch(): string | null;
  /** Calls back when the data was lost, not for the first epoch seen. */
  onEpochChange(listener: (epoch: string, previous: string) => void): Unsubscribe;
  /** Resolves when Redis is `up` for the first time or again; rejects with RedisUnavailableError after `withinMs`. */
  ready(withinMs: number): Promise<void>;
  /** Ends both connections. What is pending rejects. */
  close(): Promise<void>;
}
