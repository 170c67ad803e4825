import { type DescMethod, type JsonObject, type Message, toJson } from '@bufbuild/protobuf';
import type { ScenarioCall } from '@gateway/mocking';
import { GrpcHandler } from '@gateway/platform';
import type { Metadata } from '@grpc/grpc-js';
import type { CallCounter } from './call-counter';

/** A controller whose calls are counted. */
interface Counting {
  readonly calls: CallCounter;
}

/** What handlers are called with: the request, its metadata and the call. */
type Arguments = [request: Message, metadata: Metadata, ...rest: unknown[]];

/** `@GrpcHandler` that counts each call in the controller's `calls`, and has it wait or fail as a scenario says. */
export const CountedHandler =
  (method: DescMethod): MethodDecorator =>
  (target, key, descriptor: PropertyDescriptor) => {
    const handle = descriptor.value as (...args: Arguments) => unknown;
    const name = `${method.parent.typeName}/${method.name}`;
    descriptor.value = function (this: Counting, ...args: Arguments): unknown {
      this.calls.add(name);
      const { directions } = this.calls;
      if (!directions.isOn) return handle.apply(this, args);
      return directions.play(scenarioCall(name, method, args)).then(() => handle.apply(this, args));
    };
    GrpcHandler(method)(target, key, descriptor);
    return descriptor as never;
  };

/** The call as the conditions of scenarios see it: its fields in proto JSON, and its metadata but for what is binary. */
const scenarioCall = (
  name: string,
  { input }: DescMethod,
  [request, metadata]: Arguments,
): Omit<ScenarioCall, 'session'> => ({
  method: name,
  request: toJson(input, request) as JsonObject,
  header: (key) => {
    const [value] = metadata.get(key);
    return typeof value === 'string' ? value : undefined;
  },
});
