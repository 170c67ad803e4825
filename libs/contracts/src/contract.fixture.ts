import { create, setExtension, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
  ServiceOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { http } from './gen/google/api/annotations_pb';
import { HttpRuleSchema } from './gen/google/api/http_pb';
import { policy, RoutePolicySchema, service_policy } from './gen/gateway/v1/policy_pb';

/** What a test says about one method of `demo.v1.DemoService`. */
export interface MethodFixture {
  readonly name?: string;
  readonly http?: MessageInitShape<typeof HttpRuleSchema>;
  readonly policy?: MessageInitShape<typeof RoutePolicySchema>;
}

const message = (name: string, ...fields: string[]): DescriptorProto =>
  create(DescriptorProtoSchema, {
    name,
    field: fields.map((field, index) => ({
      name: field.replace('[]', ''),
      number: index + 1,
      label: field.endsWith('[]') ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
      type: field === 'item' ? FieldDescriptorProto_Type.MESSAGE : FieldDescriptorProto_Type.STRING,
      typeName: field === 'item' ? '.demo.v1.Item' : '',
    })),
  });

/** The serialized descriptor set of a service with these methods, `Request {id, name, item, tags[]} -> Item {id, title}`. */
export function contractFixture(
  methods: readonly MethodFixture[],
  servicePolicy?: MessageInitShape<typeof RoutePolicySchema>,
): Uint8Array {
  const serviceOptions = create(ServiceOptionsSchema);
  if (servicePolicy) setExtension(serviceOptions, service_policy, create(RoutePolicySchema, servicePolicy));
  const method = methods.map((each, index) => {
    const options = create(MethodOptionsSchema);
    if (each.http) setExtension(options, http, create(HttpRuleSchema, each.http));
    if (each.policy) setExtension(options, policy, create(RoutePolicySchema, each.policy));
    return { name: each.name ?? `Call${index}`, inputType: '.demo.v1.Request', outputType: '.demo.v1.Item', options };
  });
  const file = create(FileDescriptorProtoSchema, {
    name: 'demo/v1/demo.proto',
    package: 'demo.v1',
    syntax: 'proto3',
    messageType: [message('Item', 'id', 'title'), message('Request', 'id', 'name', 'item', 'tags[]')],
    service: [{ name: 'DemoService', options: serviceOptions, method }],
  });
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [file] }));
}
