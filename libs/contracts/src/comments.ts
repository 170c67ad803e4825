import { create } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
} from '@bufbuild/protobuf/wkt';

/** The comments of one file: by what they stand before, as `SourceCodeInfo.Location.path` with commas. */
export type FileComments = Readonly<Record<string, string>>;

/** A file's comments, before a declaration or, where there is none before it, behind. Empty: it has none, or doesn't tell. */
export function commentsIn({ sourceCodeInfo }: FileDescriptorProto): FileComments {
  const found = (sourceCodeInfo?.location ?? []).map(
    ({ path, leadingComments, trailingComments }) => [path.join(), leadingComments || trailingComments] as const,
  );
  return Object.fromEntries(found.filter(([, text]) => text !== ''));
}

/**
 * A file with comments and without places: they are what its documentation says, and where they stand in the source makes
 * no other contract. The file itself stays as it is.
 */
export function withComments(file: FileDescriptorProto, comments: FileComments): FileDescriptorProto {
  const location = Object.entries(comments).map(([path, leadingComments]) =>
    create(SourceCodeInfo_LocationSchema, { path: path === '' ? [] : path.split(',').map(Number), leadingComments }),
  );
  const sourceCodeInfo = location.length === 0 ? undefined : create(SourceCodeInfoSchema, { location });
  return create(FileDescriptorProtoSchema, { ...file, sourceCodeInfo });
}
