import type { MessageInitShape } from '@bufbuild/protobuf';
import { Controller } from '@nestjs/common';
import { EventError, eventFromMessage, eventsV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { EventBusError, type DomainEvent } from '@gateway/events';
import { type AuthenticatedCall, GrpcHandler, peerOf } from '@gateway/platform';
import { RegistryPlane } from '../registry-plane';

/** Publishers aren't in a user's way: they may wait for a slow store. */
const BUDGET_MS = 2_000;

/** gateway.events.v1.EventService: events of services that write without passing the edge. */
@Controller()
export class EventsController {
  constructor(private readonly plane: RegistryPlane) {}

  @GrpcHandler(eventsV1.EventService.method.publish)
  async publish(
    { event: message }: eventsV1.PublishRequest,
    _metadata: unknown,
    call: AuthenticatedCall,
  ): Promise<MessageInitShape<typeof eventsV1.PublishResponseSchema>> {
    if (!message) throw new GatewayError('GW_BAD_REQUEST', { detail: 'event: is missing' });
    const event = this.#read(message, peerOf(call).name);
    try {
      return await this.plane.bus.publish(event, { dedupe: true, budgetMs: BUDGET_MS });
    } catch (error) {
      if (!(error instanceof EventBusError)) throw error;
      throw new GatewayError('GW_UNAVAILABLE', {
        detail: 'the event cannot be confirmed now: publish it again',
        cause: error,
      });
    }
  }

  #read(message: eventsV1.Event, publisher: string): DomainEvent {
    try {
      const event = eventFromMessage(message, this.plane.clock.now());
      return event.origin === '' ? { ...event, origin: publisher } : event;
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      throw new GatewayError('GW_BAD_REQUEST', { detail: `event.${error.message}`, cause: error });
    }
  }
}
