import type { DescMethod } from '@bufbuild/protobuf';
import { GrpcHandler } from '@gateway/platform';
import type { CallCounter } from './call-counter';

/** A controller whose calls are counted. */
interface Counting {
  readonly calls: CallCounter;
}

/** `@GrpcHandler` that counts each call in the controller's `calls`, and has it wait or fail as a scenario says. */
export const CountedHandler =
  (method: DescMethod): MethodDecorator =>
  (target, key, descriptor: PropertyDescriptor) => {
    const handle = descriptor.value as (...args: unknown[]) => unknown;
    const name = `${method.parent.typeName}/${method.name}`;
    descriptor.value = function (this: Counting, ...args: unknown[]): unknown {
      this.calls.add(name);
      const { directions } = this.calls;
      return directions.isOn ? directions.play(name).then(() => handle.apply(this, args)) : handle.apply(this, args);
    };
    GrpcHandler(method)(target, key, descriptor);
    return descriptor as never;
  };
