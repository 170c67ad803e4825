import { createHash } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { RedisReplyError, withinBudget, type RedisClient, type RedisScript } from '@gateway/redis';
import { EventBusError, type DomainEvent, type Published, type PublishOptions } from './event-bus';
import { encodeEvent, MAX_EVENT_LENGTH } from './event-codec';
import { PUBLISH_LUA } from './publish.lua';

/** The stream that is the truth, and the channel that hints at it. */
export const EVENTS_KEY = 'gw:{events}';
/** About how many events are kept: minutes of a busy platform, some 30 MB. */
const MAX_EVENTS = 100_000;
const REMEMBER_ID_SECONDS = 3600;
/** Default of what publishing may add to an answer, in ms. */
const BUDGET_MS = 20;
/** Events that wait for Redis to come back. */
const MAX_PENDING = 1000;

interface Letter {
  readonly id: string;
  readonly json: string;
  readonly dedupe: boolean;
}

/** Appends events; what couldn't be confirmed in time is tried again until it could. */
export class Publisher {
  published = 0;
  dropped = 0;
  private readonly append: RedisScript<[revision: string, known: number]>;
  private readonly outbox: Letter[] = [];
  private flushing = false;

  constructor(
    redis: RedisClient,
    private readonly clock: Clock,
  ) {
    this.append = redis.defineScript({ name: 'gatewayPublish', lua: PUBLISH_LUA });
  }

  get pending(): number {
    return this.outbox.length;
  }

  async publish(event: DomainEvent, { budgetMs = BUDGET_MS, dedupe = false }: PublishOptions): Promise<Published> {
    const letter: Letter = { id: event.id, json: encodeEvent(event), dedupe };
    if (letter.json.length > MAX_EVENT_LENGTH) throw new EventBusError('The event is too large');
    try {
      return await withinBudget(this.clock, budgetMs, () => this.send(letter));
    } catch (cause) {
      if (!isFinal(cause)) this.keep(letter);
      throw new EventBusError('The event is not on the bus yet', { cause });
    }
  }

  /** Sends what is pending, oldest first, until one fails. */
  async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    try {
      while (this.outbox.length > 0) {
        const letter = this.outbox[0]!;
        await this.send(letter).catch((error: unknown) => {
          if (!isFinal(error)) throw error;
          this.dropped++;
        });
        // Not shift(): when the outbox overflowed meanwhile, another letter is first now.
        if (this.outbox[0] === letter) this.outbox.shift();
      }
    } catch {
      // Redis is still away; the next flush goes on with the same letter.
    } finally {
      this.flushing = false;
    }
  }

  private async send({ id, json, dedupe }: Letter): Promise<Published> {
    const keys = dedupe ? [EVENTS_KEY, idKey(id)] : [EVENTS_KEY];
    const [revision, known] = await this.append(keys, [json, MAX_EVENTS, EVENTS_KEY, REMEMBER_ID_SECONDS]);
    this.published++;
    return { revision, duplicate: known === 1 };
  }

  private keep(letter: Letter): void {
    this.outbox.push(letter);
    if (this.outbox.length <= MAX_PENDING) return;
    this.outbox.shift();
    this.dropped++;
  }
}

/** Whether trying again can't help: the server is there and refuses just this. */
const isFinal = (error: unknown): boolean => error instanceof RedisReplyError && !error.refusesWrites;

/** Ids come from outside: whatever they are, the key is short. */
const idKey = (id: string): string => `${EVENTS_KEY}:id:${createHash('sha256').update(id).digest('base64url')}`;
