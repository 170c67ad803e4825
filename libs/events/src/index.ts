export {
  EventBusError,
  type DomainEvent,
  type EventBus,
  type EventHandler,
  type Gap,
  type Published,
  type PublishOptions,
  type Revision,
  type Unsubscribe,
} from './event-bus';
export { memoryEventBus } from './memory-event-bus';
export { redisEventBus, type RedisEventBusOptions } from './redis-event-bus';
export { compareRevisions } from './revision';
