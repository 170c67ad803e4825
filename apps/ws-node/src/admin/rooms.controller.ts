import { Controller, Get, Inject } from '@nestjs/common';
import { NODE_STATE, type NodeState } from './node-state';

/** Most rows that a page shows: a node may have ten thousand sockets. */
const MAX_ROWS = 1_000;

/** What this node's sockets are, and where. */
@Controller()
export class RoomsController {
  constructor(@Inject(NODE_STATE) private readonly state: NodeState) {}

  /** Rooms with sockets here, the fullest first. */
  @Get('rooms')
  rooms(): object {
    const rooms = this.state.rooms().toSorted((a, b) => b.members - a.members);
    return { total: rooms.length, rooms: rooms.slice(0, MAX_ROWS) };
  }

  /** Sockets of this node; no tokens. */
  @Get('connections')
  connections(): object {
    const connections = this.state.connections();
    return { total: connections.length, connections: connections.slice(0, MAX_ROWS) };
  }
}
