import { create, setExtension, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, type MethodOptions, MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import { AuthPolicy_Mode, httpRule, HttpRuleSchema, MockPolicy, policy, RoutePolicySchema } from '@gateway/contracts';

/** What a test says about a contract with one service and one method. */
export interface ContractFixture {
  /** The proto package; `demo.v1` when not given. */
  readonly package?: string;
  /** `GET` on this path; null: no REST route. `/api/v1/things/{id}` when not given. */
  readonly path?: string | null;
  readonly auth?: AuthPolicy_Mode;
  readonly mock?: MockPolicy;
  /** A second method without a route, mocked like the first. */
  readonly more?: string;
  /** The name of a message that nothing uses: makes the bytes differ. */
  readonly comment?: string;
  /** The name of the request's only field. */
  readonly field?: string;
}

/** The serialized descriptor set of `<package>.ThingService/GetThing`. */
export function contractFixture({
  package: name = 'demo.v1',
  path = '/api/v1/things/{id}',
  auth = AuthPolicy_Mode.REQUIRED,
  mock = MockPolicy.OFF,
  more,
  comment = 'Thing',
  field = 'id',
}: ContractFixture = {}): Uint8Array {
  const options = create(MethodOptionsSchema);
  if (path !== null) {
    setExtension(options, httpRule, create(HttpRuleSchema, { pattern: { case: 'get', value: path } }));
  }
  setExtension(options, policy, create(RoutePolicySchema, { auth: { mode: auth }, mock }));
  const [inputType, outputType] = [`.${name}.Ask`, `.${name}.Thing`];
  const others = more === undefined ? [] : [{ name: more, inputType, outputType, options: mocked(mock) }];
  const set = create(FileDescriptorSetSchema, {
    file: [
      {
        name: `${name.replaceAll('.', '/')}/thing.proto`,
        package: name,
        syntax: 'proto3',
        messageType: [
          { name: 'Ask', field: [{ name: field, number: 1, label: 1, type: 9, jsonName: field }] },
          { name: 'Thing' },
          ...(comment === 'Thing' ? [] : [{ name: comment }]),
        ],
        service: [
          {
            name: 'ThingService',
            method: [{ name: 'GetThing', inputType, outputType, options }, ...others],
          },
        ],
      },
    ],
  });
  return toBinary(FileDescriptorSetSchema, set);
}

function mocked(mock: MockPolicy): MethodOptions {
  const options = create(MethodOptionsSchema);
  setExtension(options, policy, create(RoutePolicySchema, { mock }));
  return options;
}
