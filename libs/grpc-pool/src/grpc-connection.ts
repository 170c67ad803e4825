import { Channel, type ChannelOptions, connectivityState, status as GrpcStatus } from '@grpc/grpc-js';
import type { Clock, Timer } from '@gateway/clock';
import { isSuspicious } from './call-status';
import { ConnectingSockets } from './connecting-sockets';
import { ConnectionHealth } from './connection-health';
import { GrpcCallError } from './grpc-call-error';
import { StreamCall } from './stream-call';
import type {
  ChannelStats,
  CredentialsFor,
  GrpcEndpoint,
  GrpcStream,
  StreamOptions,
  UnaryOptions,
  UnaryResult,
} from './types';
import { type StoppableCall, callUnary } from './unary-call';
import type { ConnectionState, PooledConnection } from './upkeep';

/** Options of every channel; those of the credentials come on top. */
const CHANNEL_OPTIONS: ChannelOptions = {
  // A service that is back must be reachable in under two seconds, whatever it was before.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // A peer that vanished without a FIN is noticed under a running call: 20 s is what gRPC servers tolerate.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Without its own pool, grpc-js would give all channels to a server the same connection, and a new one the old backoff.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.max_send_message_length': -1,
};

/** How connections are made. */
export interface ConnectionOptions {
  readonly clock: Clock;
  readonly maxReceiveBytes: number;
  readonly connectTimeoutMs: number;
}

const STATES: Partial<Record<connectivityState, ConnectionState>> = {
  [connectivityState.READY]: 'ready',
  [connectivityState.CONNECTING]: 'opening',
  [connectivityState.IDLE]: 'idle',
};

/** One connection: a channel with a single transport, which counts its calls and closes after the last of them. */
export class GrpcConnection implements PooledConnection {
  readonly health = new ConnectionHealth();
  inFlight = 0;
  idleSince: number;
  private channel: Channel;
  private retired = false;
  /** It wasn't established in time; until it is, calls aren't made to wait for it again. */
  private late = false;
  private opening: Timer | null = null;
  /** Calls that wait until it is established. */
  private readonly waiting = new Set<StoppableCall>();
  private connecting!: ConnectingSockets;

  /** @param expiresAt `Clock.monotonic` */
  constructor(
    private readonly endpoint: GrpcEndpoint,
    private readonly security: ReturnType<CredentialsFor>,
    private readonly options: ConnectionOptions,
    readonly expiresAt: number,
  ) {
    this.idleSince = options.clock.monotonic();
    this.channel = this.createChannel();
  }

  get state(): ConnectionState {
    return this.late ? 'failing' : (STATES[this.channel.getConnectivityState(false)] ?? 'failing');
  }

  /** Establishes it ahead of need. */
  connect(): void {
    this.watch(this.channel.getConnectivityState(true));
  }

  /** @param deadline milliseconds since the epoch */
  async unary(path: string, request: Uint8Array, deadline: number, options: UnaryOptions): Promise<UnaryResult> {
    const waiting = this.begin();
    try {
      const answer = callUnary(this.channel, path, request, deadline, options, waiting);
      if (waiting !== null) this.connect();
      const result = await answer;
      this.ended(null);
      return result;
    } catch (error) {
      this.ended(error);
      throw error;
    }
  }

  /**
   * @param deadline milliseconds since the epoch
   * @param ended called once, when the call has ended; null: with status OK
   * @throws GrpcCallError when it can't be established
   */
  stream(
    path: string,
    deadline: number,
    options: StreamOptions,
    ended: (error: GrpcCallError | null) => void,
  ): GrpcStream {
    const waiting = this.begin();
    try {
      const call: StreamCall = new StreamCall({
        ...{ channel: this.channel, path, deadline, options },
        ended: (error) => {
          waiting?.delete(call);
          this.ended(error);
          ended(error);
        },
      });
      waiting?.add(call);
      if (waiting !== null) this.connect();
      return call;
    } catch (error) {
      this.ended(error);
      throw error;
    }
  }

  /** Takes no more calls; those in flight finish. */
  retire(): void {
    this.retired = true;
    this.closeWhenIdle();
  }

  stats(): ChannelStats {
    const state = connectivityState[this.channel.getConnectivityState(false)].toLowerCase();
    return { ...this.endpoint, state, inFlight: this.inFlight };
  }

  private createChannel(): Channel {
    const { credentials, options } = this.security;
    this.connecting = new ConnectingSockets();
    const limits = { 'grpc.max_receive_message_length': this.options.maxReceiveBytes };
    return new Channel(this.endpoint.address, this.connecting.track(credentials), {
      ...CHANNEL_OPTIONS,
      ...limits,
      ...options,
    });
  }

  /** Follows the channel until it is established, failed or late. grpc-js itself would wait for a silent peer forever. */
  private watch(state: connectivityState): void {
    if (state !== connectivityState.IDLE && state !== connectivityState.CONNECTING) {
      this.settled(state);
      return;
    }
    if (this.opening !== null) return;
    if (state === connectivityState.IDLE) this.connecting.handOver();
    const { clock, connectTimeoutMs } = this.options;
    this.opening = clock.after(connectTimeoutMs, () => this.giveUp());
    this.follow(this.channel, state);
  }

  private follow(channel: Channel, state: connectivityState): void {
    channel.watchConnectivityState(state, Infinity, () => {
      if (channel !== this.channel || this.opening === null) return;
      const now = channel.getConnectivityState(false);
      if (now === connectivityState.IDLE || now === connectivityState.CONNECTING) this.follow(channel, now);
      else this.settled(now);
    });
  }

  private settled(state: connectivityState): void {
    this.opening?.cancel();
    this.opening = null;
    this.waiting.clear();
    this.connecting.handOver();
    if (state === connectivityState.READY) this.late = false;
  }

  /** The peer is silent: what waits is refused, and the next attempt is nobody's to wait for. */
  private giveUp(): void {
    this.opening = null;
    this.late = true;
    const late = [...this.waiting];
    this.waiting.clear();
    this.abandon();
    this.channel = this.createChannel();
    const details = `No connection established within ${this.options.connectTimeoutMs} ms`;
    for (const call of late) call.cancelWithStatus(GrpcStatus.UNAVAILABLE, details);
    if (!this.retired) this.connect();
  }

  /** Counts a call. @returns where it is listed until it has a connection; null: it has one */
  private begin(): Set<StoppableCall> | null {
    const { state } = this;
    if (this.late) throw new GrpcCallError(GrpcStatus.UNAVAILABLE, 'No connection established', true, []);
    this.inFlight++;
    return state === 'ready' ? null : this.waiting;
  }

  /** @param error null: the call went well */
  private ended(error: unknown): void {
    this.health.record(isSuspicious(error));
    this.inFlight--;
    this.idleSince = this.options.clock.monotonic();
    if (this.retired) this.closeWhenIdle();
  }

  /** Not earlier: grpc-js fails calls that still wait for a connection when their channel closes. */
  private closeWhenIdle(): void {
    if (this.inFlight > 0) return;
    const { opening } = this;
    this.opening = null;
    opening?.cancel();
    if (opening === null) this.channel.close();
    else this.abandon();
  }

  /** Closes the channel while it is being established. */
  private abandon(): void {
    this.channel.close();
    this.connecting.abandon();
  }
}
