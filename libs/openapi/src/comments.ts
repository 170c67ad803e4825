import type { AnyDesc, DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';

/** What comments can stand before. */
export type Commented = DescService | DescMethod | DescMessage | DescField | DescEnum;

/** Numbers of the fields of descriptor.proto that paths of source locations are made of. */
const FILE = { message: 4, enum: 5, service: 6 } as const;
const MESSAGE = { field: 2, message: 3, enum: 4 } as const;
const METHOD_OF_SERVICE = 2;

const commentsOfFiles = new WeakMap<DescFile, ReadonlyMap<string, string>>();

/** The comment before a declaration, unwrapped; empty: none, or the descriptors came without source information. */
export function commentOf(desc: Commented): string {
  const { file } = fileOf(desc);
  let comments = commentsOfFiles.get(file);
  if (comments === undefined) commentsOfFiles.set(file, (comments = readComments(file)));
  return comments.get(pathOf(desc).join()) ?? '';
}

const fileOf = (desc: Commented): { file: DescFile } =>
  desc.kind === 'field' || desc.kind === 'rpc' ? desc.parent : desc;

function readComments({ proto }: DescFile): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  for (const { path, leadingComments, trailingComments } of proto.sourceCodeInfo?.location ?? []) {
    const text = unwrapped(leadingComments === '' ? trailingComments : leadingComments);
    if (text !== '') comments.set(path.join(), text);
  }
  return comments;
}

/** One line per paragraph: where a source breaks its lines means nothing to a reader of the page. */
function unwrapped(comment: string): string {
  const lines = comment.split('\n').map((line) => line.trim());
  return lines
    .join('\n')
    .replace(/([^\n])\n(?=[^\n\-*\d])/g, '$1 ')
    .trim();
}

function pathOf(desc: AnyDesc): number[] {
  switch (desc.kind) {
    case 'service':
      return [FILE.service, desc.file.services.indexOf(desc)];
    case 'rpc':
      return [...pathOf(desc.parent), METHOD_OF_SERVICE, desc.parent.methods.indexOf(desc)];
    case 'field':
      return [...pathOf(desc.parent), MESSAGE.field, desc.parent.fields.indexOf(desc)];
    case 'message':
      return desc.parent === undefined
        ? [FILE.message, desc.file.messages.indexOf(desc)]
        : [...pathOf(desc.parent), MESSAGE.message, indexIn(desc.parent.proto.nestedType, desc.proto)];
    case 'enum':
      return desc.parent === undefined
        ? [FILE.enum, desc.file.enums.indexOf(desc)]
        : [...pathOf(desc.parent), MESSAGE.enum, desc.parent.nestedEnums.indexOf(desc)];
    default:
      return [];
  }
}

/** Entries of maps are nested types without a description of their own, so only the source's list has the right index. */
const indexIn = <Item>(list: readonly Item[], item: Item): number => list.indexOf(item);
