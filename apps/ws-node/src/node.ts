import type { Clock } from '@gateway/clock';
import { resourceRoomPolicy } from '@gateway/realtime';
import type { Logger } from '@gateway/telemetry';
import { feedDomainEvents } from './adapter/event-feed';
import { feedRoomMessages } from './adapter/room-feed';
import { SocketRooms } from './adapter/socket-rooms';
import type { ConnectionView, NodeState } from './admin/node-state';
import type { Auth } from './auth';
import type { Backends } from './backends';
import type { WsNodeConfig } from './config';
import { Admission } from './connection/admission';
import { clientEvents } from './connection/client-events';
import type { ClientSocket } from './connection/client-socket';
import { disconnect } from './connection/disconnector';
import { dispatchEvents, type DispatchOptions } from './connection/dispatch';
import { EventBudget } from './connection/event-budget';
import { sendAway } from './connection/farewell';
import { forwardedBy, type Forwarded } from './connection/forwarded';
import { handshake } from './connection/handshake';
import { RoomAccess } from './connection/room-access';
import { Session } from './connection/session';
import { Sessions } from './connection/sessions';
import type { SocketServer } from './connection/socket-server';
import type { DisconnectCode } from './disconnects';
import { Hub } from './hub/hub';
import type { WsNodeMetrics } from './metrics';

/** What a node is made of. */
export interface NodeOptions {
  readonly config: WsNodeConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly server: SocketServer;
  readonly auth: Auth;
  readonly backends: Backends;
  readonly metrics: WsNodeMetrics;
}

/** The event with which a session is ended everywhere; its field `session_id` says which. */
const LOGOUT_EVENT = 'user_logout';

/** The sockets of this process, their sessions and rooms. */
export class WsNode implements NodeState {
  private readonly hub: Hub<ClientSocket>;
  private readonly admission: Admission;
  private readonly sessions: Sessions;
  private readonly dispatch: DispatchOptions;
  private readonly ends: (() => void)[];

  constructor(private readonly options: NodeOptions) {
    const { config, clock, logger, server, auth, backends, metrics } = options;
    this.hub = new Hub(backends.rooms, new SocketRooms(server.io));
    this.admission = new Admission(auth.authenticator, config.authTimeout);
    this.sessions = new Sessions({
      clock,
      admission: this.admission,
      recheckMs: config.recheckInterval,
      maxBacklog: config.maxBacklog,
      disconnect: (session, code) => this.disconnect(session, code),
    });
    this.dispatch = {
      events: clientEvents({
        hub: this.hub,
        bus: backends.rooms,
        access: new RoomAccess(resourceRoomPolicy, auth.permissions, config.authTimeout),
        admission: this.admission,
        maxRooms: config.maxRooms,
      }),
      disconnect: (session, code) => this.disconnect(session, code),
      outcome: (event, outcome) => metrics.clientEvents.inc({ event, outcome }),
      logger,
    };
    this.ends = [
      feedRoomMessages(backends.rooms, this.hub, metrics, clock),
      feedDomainEvents(backends.events, this.hub, metrics, clock),
      ...this.followLogouts(),
    ];
    this.countSockets();
    this.takeSockets();
  }

  /** Sockets that have been let in. */
  get connectionCount(): number {
    return this.sessions.size;
  }

  rooms(): { room: string; members: number }[] {
    return this.hub.sizes();
  }

  connections(): ConnectionView[] {
    return this.sessions.all().map(({ socket, caller }) => ({
      id: socket.id,
      subject: caller.principal.subject,
      clientAddress: this.forwarded(socket).clientAddress,
      connectedAt: new Date(socket.handshake.issued).toISOString(),
      rooms: this.hub.roomsOf(socket),
    }));
  }

  /** Sends all sockets elsewhere, in waves. */
  sendAway(): Promise<void> {
    const { clock, config } = this.options;
    return sendAway({
      clock,
      sessions: this.sessions,
      periodMs: config.drainPeriod,
      disconnect: (session, code) => this.disconnect(session, code),
    });
  }

  close(): void {
    for (const end of this.ends) end();
    this.sessions.close();
  }

  private takeSockets(): void {
    const { server, metrics, logger } = this.options;
    server.io.use(
      handshake({
        admission: this.admission,
        forwarded: (socket) => this.forwarded(socket),
        outcome: (outcome) => metrics.handshakes.inc({ outcome }),
        logger,
      }),
    );
    server.io.on('connection', (socket) => this.open(socket));
  }

  private open(socket: ClientSocket): void {
    const { clock, config } = this.options;
    const { caller } = socket.data;
    // The middleware has let it in, or it wouldn't be here.
    if (caller === undefined) return void socket.disconnect(true);
    const budget = new EventBudget({ rate: config.eventRate, burst: config.eventBurst }, clock);
    const session = new Session(socket, caller, {
      clock,
      budget,
      disconnect: (ended, code) => this.disconnect(ended, code),
    });
    this.sessions.add(session);
    socket.on('disconnect', () => {
      this.hub.leaveAll(socket);
      this.sessions.remove(session);
    });
    dispatchEvents(session, this.dispatch);
    session.start();
  }

  private followLogouts(): (() => void)[] {
    const { auth, backends } = this.options;
    auth.onSynced(() => void this.sessions.recheckAll());
    return [
      backends.events.subscribe([LOGOUT_EVENT], ({ fields }) => {
        const sessionId = fields['session_id'] ?? '';
        auth.authenticator.revoke(sessionId);
        this.sessions.end(sessionId);
      }),
      // A logout may have been among what was missed.
      backends.events.onGap(() => void this.sessions.recheckAll()),
    ];
  }

  private countSockets(): void {
    const { metrics } = this.options;
    metrics.gauge('connections', 'Sockets that have been let in.', () => this.connectionCount);
    metrics.gauge('rooms', 'Rooms with sockets here.', () => this.hub.rooms);
  }

  private disconnect(session: Session, code: DisconnectCode): void {
    if (!session.socket.connected) return;
    this.options.metrics.disconnects.inc({ code });
    disconnect(session, code);
  }

  private forwarded(socket: ClientSocket): Forwarded {
    return forwardedBy(socket.request, this.options.config.trustedProxies);
  }
}
