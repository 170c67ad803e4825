import type { Clock } from '@gateway/clock';
import type { DomainEvent, EventBus } from '@gateway/events';
import { isEventName } from '@gateway/realtime';
import type { Hub, Member } from '../hub/hub';
import type { WsNodeMetrics } from '../metrics';

/**
 * Sends domain events that have a room on to this node's sockets in it: the event's name is its type, the data its fields.
 * Every node reads the bus for its own sockets, so each of them gets the event once. @returns how to stop
 */
export function feedDomainEvents<M extends Member>(
  events: Pick<EventBus, 'subscribe'>,
  hub: Hub<M>,
  metrics: WsNodeMetrics,
  clock: Clock,
): () => void {
  return events.subscribe('*', ({ id, type, time, fields, room }: DomainEvent, revision) => {
    if (room === '') return;
    // A client would take it for something of the protocol's.
    if (!isEventName(type)) return metrics.dropped.inc({ source: 'event' });
    const sockets = hub.emit(type, { id, room, offset: revision, time, data: fields });
    if (sockets === 0) return;
    metrics.messages.inc({ source: 'event' });
    metrics.deliveries.inc({ source: 'event' }, sockets);
    metrics.lag.observe({ source: 'event' }, Math.max(0, clock.now() - Date.parse(time)) / 1000);
  });
}
