import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import type { Redis } from 'ioredis';
import type { RedisLogger } from './connect';
import { EPOCH_KEY, EPOCH_LUA } from './epoch.lua';
import { RedisReplyError, RedisUnavailableError } from './errors';
import { Link } from './link';
import { Listeners } from './listeners';
import type {
  RedisArgument,
  RedisClient,
  RedisScript,
  RedisState,
  ScriptDefinition,
  Unsubscribe,
} from './redis-client';
import { asRedisError } from './replies';
import { Subscriber } from './subscriber';

type Run = (...args: (string | number | Buffer)[]) => Promise<unknown>;

/** The client on ioredis: one connection for commands, one for subscriptions when there are any. */
export class IoRedisClient implements RedisClient {
  private readonly redis: Redis;
  private readonly link: Link;
  private readonly subscriber: Subscriber;
  private readonly stateListeners = new Listeners<[RedisState]>();
  private readonly epochListeners = new Listeners<[epoch: string, previous: string]>();
  private readonly readEpoch: () => Promise<unknown>;
  private currentEpoch: string | null = null;
  private closed = false;

  /** @param open makes a connection that isn't dialled yet */
  constructor(
    open: () => Redis,
    private readonly clock: Clock,
    private readonly logger?: RedisLogger,
  ) {
    this.redis = open();
    const epoch = this.define({ name: 'gatewayEpoch', lua: EPOCH_LUA });
    this.readEpoch = () => epoch(1, EPOCH_KEY, randomUUID());
    this.subscriber = new Subscriber(open, clock);
    this.link = new Link(this.redis, clock, {
      probe: () => this.probe(),
      stateChanged: (state, why) => this.stateChanged(state, why),
    });
  }

  command<Reply>(name: string, ...args: readonly RedisArgument[]): Promise<Reply> {
    return this.send(() => this.redis.call(name, ...args) as Promise<Reply>);
  }

  commandBuffer<Reply>(name: string, ...args: readonly RedisArgument[]): Promise<Reply> {
    return this.send(() => this.redis.callBuffer(name, ...args) as Promise<Reply>);
  }

  defineScript<Reply>(script: ScriptDefinition): RedisScript<Reply> {
    const run = this.define(script);
    return (keys, args) => this.send(() => run(keys.length, ...keys, ...args) as Promise<Reply>);
  }

  defineBufferScript<Reply>(script: ScriptDefinition): RedisScript<Reply> {
    this.define(script);
    const run = this.method(`${script.name}Buffer`);
    return (keys, args) => this.send(() => run(keys.length, ...keys, ...args) as Promise<Reply>);
  }

  subscribe(channel: string, handler: (message: string) => void): Unsubscribe {
    return this.subscriber.subscribe(channel, handler);
  }

  onResubscribed(listener: () => void): Unsubscribe {
    return this.subscriber.onResubscribed(listener);
  }

  state(): RedisState {
    return this.link.state;
  }

  onStateChange(listener: (state: RedisState) => void): Unsubscribe {
    return this.stateListeners.add(listener);
  }

  epoch(): string | null {
    return this.currentEpoch;
  }

  onEpochChange(listener: (epoch: string, previous: string) => void): Unsubscribe {
    return this.epochListeners.add(listener);
  }

  ready(withinMs: number): Promise<void> {
    if (this.state() === 'up') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        timer.cancel();
        stop();
        settle();
      };
      const timer = this.clock.after(withinMs, () =>
        done(() => reject(new RedisUnavailableError(`Redis wasn't ready within ${withinMs} ms`))),
      );
      const stop = this.onStateChange((state) => state === 'up' && done(resolve));
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.subscriber.close();
    this.link.close();
  }

  private async send<Reply>(command: () => Promise<Reply>): Promise<Reply> {
    if (this.link.state === 'down')
      throw new RedisUnavailableError(this.closed ? 'The client is closed' : 'Redis is down');
    try {
      return await command();
    } catch (cause) {
      const error = asRedisError(cause);
      if (error instanceof RedisReplyError && error.refusesWrites) this.link.change('readonly', error.message);
      throw error;
    }
  }

  private define({ name, lua }: ScriptDefinition): Run {
    this.redis.defineCommand(name, { lua });
    return this.method(name);
  }

  /** A command that defineCommand has put on the connection. */
  private method(name: string): Run {
    const methods = this.redis as unknown as Record<string, Run>;
    return (...args) => methods[name]!(...args);
  }

  private async probe(): Promise<RedisState> {
    try {
      this.sawEpoch(String(await this.readEpoch()));
      return 'up';
    } catch (cause) {
      const error = asRedisError(cause);
      if (error instanceof RedisReplyError && error.refusesWrites) return 'readonly';
      throw error;
    }
  }

  private sawEpoch(epoch: string): void {
    const previous = this.currentEpoch;
    this.currentEpoch = epoch;
    if (previous === null || previous === epoch) return;
    this.logger?.warn({ epoch, previous }, 'redis has lost its data');
    this.epochListeners.emit(epoch, previous);
  }

  private stateChanged(state: RedisState, why: string): void {
    if (state === 'up') this.logger?.info({ state }, 'redis is up');
    else if (!this.closed) this.logger?.warn({ state, why }, 'redis cannot be used');
    this.stateListeners.emit(state);
  }
}
