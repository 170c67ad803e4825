import { LATENCY_SECONDS } from '@gateway/telemetry';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Where a message for a room came from: published to it, or a domain event. */
export type MessageSource = 'room' | 'event';

/** What a node counts. */
export class WsNodeMetrics {
  readonly handshakes: Counter<'outcome'>;
  readonly disconnects: Counter<'code'>;
  readonly clientEvents: Counter<'event' | 'outcome'>;
  readonly messages: Counter<'source'>;
  readonly deliveries: Counter<'source'>;
  readonly dropped: Counter<'source'>;
  readonly lag: Histogram<'source'>;

  constructor(private readonly registry: Registry) {
    this.handshakes = this.counter('handshakes', 'Handshakes by outcome: ok, or the code of the refusal.', ['outcome']);
    this.disconnects = this.counter('disconnects', 'Connections that the node ended, by code.', ['code']);
    this.clientEvents = this.counter('client_events', 'Events from clients, by name and outcome.', [
      'event',
      'outcome',
    ]);
    this.messages = this.counter('messages', 'Messages for rooms with sockets here.', ['source']);
    this.deliveries = this.counter('deliveries', 'Messages sent to sockets.', ['source']);
    this.dropped = this.counter('dropped', 'Messages that could not be read or named.', ['source']);
    this.lag = new Histogram({
      name: 'wsnode_delivery_lag_seconds',
      help: 'From publication to the sockets of this node.',
      labelNames: ['source'],
      buckets: [...LATENCY_SECONDS],
      registers: [registry],
    });
  }

  /** A gauge that is read when metrics are asked for. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `wsnode_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private counter<const L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `wsnode_${name}_total`, help, labelNames, registers: [this.registry] });
  }
}
