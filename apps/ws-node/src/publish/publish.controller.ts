import { toJson } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';
import { Controller, Inject } from '@nestjs/common';
import { realtimeV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { GrpcHandler } from '@gateway/platform';
import type { Json, Published, RoomBus } from '@gateway/realtime';

/** Nest's token of the RoomBus. */
export const ROOM_BUS = Symbol('ws-node.room-bus');

/** Services push to sockets here; who may is decided by the listener's allow-list. */
@Controller()
export class PublishController {
  constructor(@Inject(ROOM_BUS) private readonly bus: Pick<RoomBus, 'publish'>) {}

  /** INVALID_ARGUMENT, RESOURCE_EXHAUSTED (too large), UNAVAILABLE (Redis is down: nobody got it). */
  @GrpcHandler(realtimeV1.RealtimeService.method.publish)
  publish({ room, event, data }: realtimeV1.PublishRequest): Promise<Published> {
    return this.bus.publish({ room, event, data: jsonOf(data) });
  }
}

/** No value is null. */
function jsonOf(value: Value | undefined): Json {
  if (value?.kind.case === undefined) return null;
  try {
    return toJson(ValueSchema, value) as Json;
  } catch (cause) {
    throw new GatewayError('GW_INVALID_FIELD', { detail: 'data has a value that JSON has not', cause });
  }
}
