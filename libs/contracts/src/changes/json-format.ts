import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import { Edition, FeatureSet_JsonFormat } from '@bufbuild/protobuf/wkt';
import type { ReportChange } from './contract-change';

/** Reports a type whose JSON was sure to work and isn't any more, as proto2's isn't. */
export function compareJsonFormat<Desc extends DescMessage | DescEnum>(
  before: Desc,
  after: Desc,
  report: ReportChange,
): void {
  if (!allowsJson(before) || allowsJson(after)) return;
  report({
    kind: 'changed',
    file: after.file.proto.name,
    element: after.typeName,
    rule: before.kind === 'message' ? 'MESSAGE_SAME_JSON_FORMAT' : 'ENUM_SAME_JSON_FORMAT',
    detail: 'its JSON is not guaranteed any more',
  });
}

/** The feature `json_format`, which the nearest of the type, what it is nested in, and the file says. */
function allowsJson(desc: DescMessage | DescEnum): boolean {
  let at: DescMessage | DescEnum | undefined = desc;
  for (; at; at = at.parent) {
    const own = at.proto.options?.features?.jsonFormat;
    if (own) return own === FeatureSet_JsonFormat.ALLOW;
  }
  const ofFile = desc.file.proto.options?.features?.jsonFormat;
  return ofFile ? ofFile === FeatureSet_JsonFormat.ALLOW : desc.file.edition >= Edition.EDITION_PROTO3;
}
