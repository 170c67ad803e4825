import { clone, create, type DescMethod } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  type MethodOptions,
  type ServiceDescriptorProto,
  ServiceDescriptorProtoSchema,
  type ServiceOptions,
} from '@bufbuild/protobuf/wkt';
import { policy, type ShowFile } from '@gateway/contracts';

/**
 * What strangers see of contracts' files: the services that are exposed with the methods that are, whatever else the files
 * declare of them; without comments, and without policies, which are the operator's business. Types are shown as they are.
 * @param exposed the methods that RPC clients can call
 */
export function shownFile(exposed: ReadonlySet<DescMethod>): ShowFile {
  return (file) => {
    const service = file.services.flatMap(({ proto, methods }) => {
      const names = new Set(methods.filter((method) => exposed.has(method)).map(({ name }) => name));
      return names.size === 0 ? [] : [shownService(proto, names)];
    });
    const shown = Object.assign(create(FileDescriptorProtoSchema), file.proto, { service });
    delete shown.sourceCodeInfo;
    return shown;
  };
}

function shownService(proto: ServiceDescriptorProto, methods: ReadonlySet<string>): ServiceDescriptorProto {
  const shown = clone(ServiceDescriptorProtoSchema, proto);
  shown.method = shown.method.filter(({ name }) => methods.has(name));
  for (const { options } of [shown, ...shown.method]) hidePolicy(options);
  return shown;
}

/** Descriptors keep extensions as they came. A policy of services has the number of one of methods. */
function hidePolicy(options: MethodOptions | ServiceOptions | undefined): void {
  if (options?.$unknown !== undefined) options.$unknown = options.$unknown.filter(({ no }) => no !== policy.number);
}
