import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import type { DomainEvent, EmitPolicy } from '@gateway/contracts';
import { formatTraceparent } from '@gateway/telemetry';
import { compileFieldReader, hasFieldText } from '@gateway/transcoding';
import type { RequestContext } from '../context';
import { compileText, pathField, type ReadField, requestField } from '../fields';
import { type Route, streamingOf } from '../route';
import type { RouteStage } from '../stage';
import type { Settings } from '../settings';

/** Where events go. */
export interface EmitPorts {
  readonly clock: Pick<Clock, 'now'>;
  /** Who publishes: this edge's instance id. */
  readonly origin: string;
  /** Drops what the event makes untrue in this edge's own cache. */
  readonly invalidateLocally: (event: DomainEvent) => void;
  /** Appends to the bus. Rejects when that can't be confirmed within 20 ms; the bus then goes on trying. */
  readonly publish: (event: DomainEvent) => Promise<unknown>;
  /** An event wasn't confirmed in time, or can't be published at all. */
  readonly onUnpublished: (event: string, cause: unknown) => void;
}

/** How long an answer is held back for its event, in milliseconds. */
export const PUBLISH_BUDGET_MS = 20;

type MakeEvent = (context: RequestContext) => DomainEvent;

/**
 * Publishes the declared events of a call that succeeded, before its answer leaves: whoever has the answer and reads again
 * gets the new state, from this edge at once.
 */
export function emit(route: Route, ports: EmitPorts): RouteStage | null {
  const events = route.policy.emits.map((policy) => eventMaker(route, policy, ports));
  if (events.length === 0) return null;
  const tellAll = async (context: RequestContext): Promise<void> => {
    await Promise.all(events.map((make) => tell(make(context), ports)));
  };
  const streaming = streamingOf(route.target);
  return (next) => async (context) => {
    // A stream has succeeded when it has ended well, long after its head.
    if (streaming?.server === true || (streaming !== undefined && context.isTunnel)) {
      context.atStreamEnd = () => tellAll(context);
      return next(context);
    }
    const response = await next(context);
    if (response.status < 400) await tellAll(context);
    return response;
  };
}

async function tell(event: DomainEvent, { invalidateLocally, publish, onUnpublished }: EmitPorts): Promise<void> {
  invalidateLocally(event);
  try {
    await publish(event);
  } catch (cause) {
    // The change has happened: its caller must not be told that it failed.
    onUnpublished(event.type, cause);
  }
}

function eventMaker(
  route: Route,
  { event: type, fields: names, room }: EmitPolicy,
  { clock, origin }: EmitPorts,
): MakeEvent {
  const readers = names.map((name): [string, ReadField] => [name, eventField(route, name)]);
  const roomOf = compileText<Record<string, string>>(room, (name) => (fields) => fields[name]);
  return (context) => {
    const known = readers.map(([name, read]): [string, string | undefined] => [name, read(context)]);
    const fields = Object.fromEntries(known.filter((field): field is [string, string] => field[1] !== undefined));
    return {
      id: randomUUID(),
      type,
      time: new Date(clock.now()).toISOString(),
      origin,
      traceparent: context.trace === null ? '' : formatTraceparent(context.trace),
      fields,
      room: roomOf(fields),
    };
  };
}

/** The principal's own ids can't be claimed by a request's fields of that name; otherwise the request's fields win. */
function eventField(route: Route, name: string): ReadField {
  if (name === 'user_id') return orPrincipal(({ principal }) => principal?.subject, route, name);
  if (name === 'session_id') return orPrincipal(({ principal }) => principal?.sessionId, route, name);
  return messageField(route, name);
}

function orPrincipal(ofPrincipal: ReadField, route: Route, name: string): ReadField {
  const ofMessage = messageField(route, name);
  return (context) => (context.principal === null ? ofMessage(context) : ofPrincipal(context));
}

function messageField(route: Route, name: string): ReadField {
  const { target } = route;
  if (target.kind !== 'grpc') return pathField(route, name) ?? (() => undefined);
  const { input, output } = target.method;
  if (hasFieldText(input, name)) return requestField(route, name);
  if (!hasFieldText(output, name)) return () => undefined;
  const read = compileFieldReader(output, name);
  return ({ responseMessage }) => (responseMessage === null ? undefined : read(responseMessage));
}

/** The events of a call that succeeds. */
export const describeEmit = ({ policy }: Route): Settings => ({
  events: policy.emits.map(({ event, fields, room }) => ({ event, fields, room })),
});
