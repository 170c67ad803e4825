import { clone, create, type DescFile, type DescMethod } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
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
 * declare of them; without comments, and without policies, which are the operator's business, nor the file that declares those.
 * Types are shown as they are.
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
    if (!needsPolicies(file)) shown.dependency = shown.dependency.filter((name) => name !== POLICIES);
    return shown;
  };
}

/** The file of policies. */
const POLICIES = policy.file.proto.name;

/** Whether a file wants more of the file of policies than options, which are gone. */
function needsPolicies(file: DescFile): boolean {
  // What is imported in these ways is named by its position.
  if (file.proto.publicDependency.length > 0 || file.proto.weakDependency.length > 0) return true;
  const isThere = (type: { readonly file: DescFile } | undefined): boolean => type?.file.proto.name === POLICIES;
  return [...nestedTypes(file)].some((type) => {
    if (type.kind === 'message') return type.fields.some((field) => isThere(field.message) || isThere(field.enum));
    if (type.kind === 'service') return type.methods.some(({ input, output }) => isThere(input) || isThere(output));
    return type.kind === 'extension' && (isThere(type.message) || isThere(type.enum));
  });
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
