import type { DescField, DescMessage, FileRegistry } from '@bufbuild/protobuf';
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
  SourceCodeInfo_Location,
} from '@bufbuild/protobuf/wkt';
import type { ContractPlace } from './contract-error';
import { http } from './gen/google/api/annotations_pb';
import { policy, RoutePolicySchema, service_policy } from './gen/gateway/v1/policy_pb';

/** Where an element is in its file: field numbers and indexes of descriptor.proto, as SourceCodeInfo has them. */
type Path = readonly number[];

/** Field numbers of descriptor.proto. */
const OF_FILE = { message: 4, enum: 5, service: 6, extension: 7 } as const;
const OF_MESSAGE = { field: 2, nested: 3, enum: 4, extension: 6 } as const;
const ENUM_VALUE = 2;
const OF_SERVICE = { method: 2, options: 3 } as const;
const METHOD_OPTIONS = 4;

/** What of a method is meant, so that the line is that of its annotation. */
export type Annotation = 'route' | 'policy';

/**
 * The line of a file, from 1, on which something is declared: the element, or what is left of it (the message of a field
 * that is gone), or its annotation. Undefined when the set doesn't tell places, or nothing of the kind is there.
 */
export function lineOf(registry: FileRegistry, place: ContractPlace, annotation?: Annotation): number | undefined {
  const file = registry.getFile(place.file)?.proto;
  if (!file?.sourceCodeInfo) return undefined;
  // A set may have comments without their places.
  const location = file.sourceCodeInfo.location.filter(({ span }) => span.length > 0);
  const paths = pathsOf(file);
  for (let name = place.symbol; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const path = paths.get(name);
    if (path)
      return lineAt(location, annotation === undefined ? [path] : annotationPaths(path, annotation, place.field));
  }
  return undefined;
}

/** The line of the first path that has one: its own, or that of something in it, since options tell of their leaves. */
function lineAt(locations: readonly SourceCodeInfo_Location[], paths: readonly Path[]): number | undefined {
  for (const path of paths) {
    const inside = locations.filter((each) => path.every((part, index) => each.path[index] === part));
    const found = inside.find((each) => each.path.length === path.length) ?? inside[0];
    if (found) return found.span[0]! + 1;
  }
  return undefined;
}

/** Where a method's annotation is, the most exact place first; of a policy it may be the service's. */
function annotationPaths(path: Path, annotation: Annotation, field = ''): readonly Path[] {
  if (path.length !== 4) return [path];
  const own = [...path, METHOD_OPTIONS, annotation === 'route' ? http.number : policy.number];
  if (annotation === 'route') return [own, path];
  const ofService = [...path.slice(0, 2), OF_SERVICE.options, service_policy.number];
  const inner = policyPath(field);
  const exact = inner.map((_each, index) => inner.slice(0, inner.length - index));
  return [
    ...exact.flatMap((part) => [
      [...own, ...part],
      [...ofService, ...part],
    ]),
    own,
    path,
  ];
}

/** `rate_limits[0].window` as numbers and indexes. */
function policyPath(field: string): Path {
  const path: number[] = [];
  let message: DescMessage | undefined = RoutePolicySchema;
  for (const [, name, index] of field.matchAll(/([a-z_]+)(?:\[(\d+)\])?/g)) {
    const found: DescField | undefined = message?.fields.find((each) => each.name === name);
    if (!found) break;
    path.push(found.number, ...(index === undefined ? [] : [Number(index)]));
    message = found.message;
  }
  return path;
}

/** Everything that a file declares, by its full name; an enum's values by the enum's. */
function pathsOf({
  package: name,
  messageType,
  enumType,
  extension,
  service,
}: FileDescriptorProto): ReadonlyMap<string, Path> {
  const paths = new Map<string, Path>();
  const scope = name === '' ? '' : `${name}.`;
  messageType.forEach((each, index) => addMessage(paths, scope, each, [OF_FILE.message, index]));
  enumType.forEach((each, index) => addEnum(paths, scope, each, [OF_FILE.enum, index]));
  extension.forEach((each, index) => paths.set(`${scope}${each.name}`, [OF_FILE.extension, index]));
  service.forEach((each, index) => {
    const path = [OF_FILE.service, index];
    paths.set(`${scope}${each.name}`, path);
    each.method.forEach((method, at) =>
      paths.set(`${scope}${each.name}.${method.name}`, [...path, OF_SERVICE.method, at]),
    );
  });
  return paths;
}

function addMessage(paths: Map<string, Path>, scope: string, message: DescriptorProto, path: Path): void {
  const name = `${scope}${message.name}`;
  paths.set(name, path);
  message.field.forEach((field, index) => paths.set(`${name}.${field.name}`, [...path, OF_MESSAGE.field, index]));
  message.nestedType.forEach((each, index) => addMessage(paths, `${name}.`, each, [...path, OF_MESSAGE.nested, index]));
  message.enumType.forEach((each, index) => addEnum(paths, `${name}.`, each, [...path, OF_MESSAGE.enum, index]));
  message.extension.forEach((each, index) => paths.set(`${name}.${each.name}`, [...path, OF_MESSAGE.extension, index]));
}

function addEnum(paths: Map<string, Path>, scope: string, { name, value }: EnumDescriptorProto, path: Path): void {
  paths.set(`${scope}${name}`, path);
  value.forEach((each, index) => paths.set(`${scope}${name}.${each.name}`, [...path, ENUM_VALUE, index]));
}
