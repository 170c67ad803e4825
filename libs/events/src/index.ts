export type { HandlerFailure } from './dispatcher';
export {
  EventBusError,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventHistory,
  type EventRecord,
  type Gap,
  type Published,
  type PublishOptions,
  type Revision,
  type Unsubscribe,
} from './event-bus';
export { decodeEvent, encodeEvent } from './event-codec';
export { memoryEventBus, type MemoryEventBusOptions } from './memory-event-bus';
export { redisEventBus, type RedisEventBusOptions } from './redis-event-bus';
export { compareRevisions } from './revision';
export { StreamReader, type StreamListener } from './stream-reader';
