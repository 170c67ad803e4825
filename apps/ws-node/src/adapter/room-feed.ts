import type { Clock } from '@gateway/clock';
import type { RoomBus } from '@gateway/realtime';
import type { Hub, Member } from '../hub/hub';
import type { WsNodeMetrics } from '../metrics';

/** Sends what is published to rooms on to this node's sockets. @returns how to stop */
export function feedRoomMessages<M extends Member>(
  bus: Pick<RoomBus, 'onMessage'>,
  hub: Hub<M>,
  metrics: WsNodeMetrics,
  clock: Clock,
): () => void {
  return bus.onMessage(({ id, room, event, data, offset, time }) => {
    const sockets = hub.emit(event, { id, room, offset, time: new Date(time).toISOString(), data });
    if (sockets === 0) return;
    metrics.messages.inc({ source: 'room' });
    metrics.deliveries.inc({ source: 'room' }, sockets);
    // Two machines' clocks: a message from the future has no lag.
    metrics.lag.observe({ source: 'room' }, Math.max(0, clock.now() - time) / 1000);
  });
}
