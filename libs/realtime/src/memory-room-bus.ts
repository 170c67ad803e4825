import { GatewayError } from '@gateway/errors';
import type { Clock } from '@gateway/clock';
import type { Draft, Published, RoomMessage } from './message';
import { seal, type MessageHandler, type RoomBus } from './room-bus';

/** Rooms in this process's memory: what a node that runs alone uses, and tests. Every `connect()` is one node. */
export class MemoryRooms {
  private readonly nodes = new Set<MemoryRoomBus>();
  private count = 0;

  constructor(private readonly clock: Clock) {}

  /** A node's bus. */
  connect(): RoomBus {
    const node = new MemoryRoomBus(this);
    this.nodes.add(node);
    return node;
  }

  /** @internal The present offset: one count for all rooms orders each of them. */
  get offset(): string {
    return String(this.count);
  }

  /** @internal */
  append(draft: Draft): Published {
    const { id, event, data } = seal(draft);
    this.count += 1;
    const message = { id, room: draft.room, event, data, offset: this.offset, time: this.clock.now() };
    for (const node of this.nodes) node.receive(message);
    return { id, offset: message.offset };
  }

  /** @internal */
  leave(node: MemoryRoomBus): void {
    this.nodes.delete(node);
  }
}

class MemoryRoomBus implements RoomBus {
  private readonly followed = new Set<string>();
  private readonly handlers = new Set<MessageHandler>();
  private closed = false;

  constructor(private readonly rooms: MemoryRooms) {}

  async publish(draft: Draft): Promise<Published> {
    this.mustBeOpen();
    return this.rooms.append(draft);
  }

  async subscribe(room: string): Promise<string> {
    this.mustBeOpen();
    this.followed.add(room);
    return this.rooms.offset;
  }

  unsubscribe(room: string): void {
    this.followed.delete(room);
  }

  onMessage(handler: MessageHandler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  receive(message: RoomMessage): void {
    if (this.followed.has(message.room)) for (const handler of this.handlers) handler(message);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.followed.clear();
    this.rooms.leave(this);
  }

  private mustBeOpen(): void {
    if (this.closed) throw new GatewayError('GW_UNAVAILABLE', { detail: 'the node is shutting down' });
  }
}
