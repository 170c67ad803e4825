import { GatewayError } from '@gateway/errors';
import type { Logger } from '@gateway/telemetry';
import type { DisconnectCode } from '../disconnects';
import type { ClientEvent } from './client-events';
import { refusalOf } from './refusal';
import type { Session } from './session';

/** What a dispatcher works with. */
export interface DispatchOptions {
  readonly events: ReadonlyMap<string, ClientEvent>;
  readonly disconnect: (session: Session, code: DisconnectCode) => void;
  /** Hears what became of each event: `ok`, or the code of the refusal. */
  readonly outcome: (event: string, outcome: string) => void;
  readonly logger: Logger;
}

/** Answers of a client's question. */
type Acknowledge = (answer: object) => void;

const nobodyAsked: Acknowledge = () => undefined;

/** Has the events of a session's socket answered, whatever they are: nothing that a client sends may throw here. */
export function dispatchEvents(session: Session, options: DispatchOptions): void {
  const { socket } = session;
  // Socket.IO emits here what can't be parsed, and what a client calls "error"; without a listener Node would throw it.
  socket.on('error', () => undefined);
  socket.onAny((event: unknown, ...args: unknown[]) => {
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : nobodyAsked;
    receive(session, { event, payload: args[0], acknowledge }, options);
  });
}

interface Received {
  readonly event: unknown;
  readonly payload: unknown;
  readonly acknowledge: Acknowledge;
}

function receive(session: Session, { event, payload, acknowledge }: Received, options: DispatchOptions): void {
  const { events, disconnect } = options;
  const handler = typeof event === 'string' ? events.get(event) : undefined;
  // Names come from outside: only those that we know become labels.
  const name = handler === undefined ? 'unknown' : String(event);
  const refuse = (error: unknown): void => {
    const { code, detail } = refusalOf(error);
    if (code === 'GW_INTERNAL') options.logger.error({ err: error, event: name }, 'a client event failed');
    options.outcome(name, code);
    acknowledge({ ok: false, error: { code, detail } });
  };
  if (!session.budget.take()) {
    refuse(new GatewayError('GW_RATE_LIMITED', { detail: 'too many events' }));
    if (session.budget.flooded) disconnect(session, 'flooding');
    return;
  }
  if (handler === undefined) return refuse(new GatewayError('GW_BAD_REQUEST', { detail: 'there is no such event' }));
  const accepted = session.inTurn(async () => {
    try {
      const answer = await handler(session, payload);
      options.outcome(name, 'ok');
      acknowledge({ ok: true, ...answer });
    } catch (error) {
      refuse(error);
    }
  });
  if (!accepted) refuse(new GatewayError('GW_OVERLOADED', { detail: 'too many events wait to be answered' }));
}
