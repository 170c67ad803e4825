import { Channel, type ChannelOptions, connectivityState } from '@grpc/grpc-js';
import { callUnary } from './unary-call';
import type { ChannelStats, CredentialsFor, GrpcEndpoint, UnaryOptions, UnaryResult } from './types';

/** Options of every channel; those of the credentials come on top. */
const CHANNEL_OPTIONS: ChannelOptions = {
  // A service that is back must be reachable in under two seconds, whatever it was before.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // A peer that vanished without a FIN is noticed under a running call: 20 s is what gRPC servers tolerate.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Without its own pool, grpc-js would give a recreated channel the old connection with the old backoff.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.max_send_message_length': -1,
};

/** A channel that counts its calls and closes after the last of them. */
export class PooledChannel {
  private readonly channel: Channel;
  private inFlight = 0;
  private retired = false;
  /** When it was last used: `Clock.monotonic`. */
  lastUsed = 0;

  /**
   * @param maxReceiveBytes the largest response message
   */
  constructor(
    private readonly endpoint: GrpcEndpoint,
    credentialsFor: CredentialsFor,
    maxReceiveBytes: number,
  ) {
    const { credentials, options } = credentialsFor(endpoint.expect);
    const limits = { 'grpc.max_receive_message_length': maxReceiveBytes };
    this.channel = new Channel(endpoint.address, credentials, { ...CHANNEL_OPTIONS, ...limits, ...options });
  }

  async unary(path: string, request: Uint8Array, deadline: number, options: UnaryOptions): Promise<UnaryResult> {
    this.inFlight++;
    try {
      return await callUnary(this.channel, path, request, deadline, options);
    } finally {
      this.inFlight--;
      if (this.retired) this.closeWhenIdle();
    }
  }

  /** Takes no more calls; those in flight finish. */
  retire(): void {
    this.retired = true;
    this.closeWhenIdle();
  }

  get idle(): boolean {
    return this.inFlight === 0;
  }

  stats(): ChannelStats {
    const state = connectivityState[this.channel.getConnectivityState(false)].toLowerCase();
    return { ...this.endpoint, state, inFlight: this.inFlight };
  }

  /** Not earlier: grpc-js fails calls that still wait for a connection when their channel closes. */
  private closeWhenIdle(): void {
    if (this.idle) this.channel.close();
  }
}
