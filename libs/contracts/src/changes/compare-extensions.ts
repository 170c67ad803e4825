import type { DescExtension } from '@bufbuild/protobuf';
import type { CompiledContract } from '../compile';
import { fieldBreaks } from './compare-fields';
import type { ReportChange } from './contract-change';
import { nameOfType, typeOf } from './field-type';
import { publishedTypes } from './published-types';

/**
 * Reports how extensions differ, custom options among them. One is known by the message that it extends and its number,
 * wherever it is declared. JSON has it as `[its full name]`.
 */
export function compareExtensions(before: CompiledContract, after: CompiledContract, report: ReportChange): void {
  for (const desc of publishedTypes(before).extensions) {
    const now = after.registry.getExtensionFor(desc.extendee, desc.number);
    // The number of a field that goes can be reserved, that of an extension can't while its range stands.
    if (!now)
      report({ ...placeOf(desc), kind: 'removed', rule: 'EXTENSION_NO_DELETE', detail: `${numberOf(desc)} is gone` });
    else for (const found of fieldBreaks(desc, now)) report({ ...placeOf(now), kind: 'changed', ...found });
  }
  for (const desc of publishedTypes(after).extensions)
    if (!before.registry.getExtensionFor(desc.extendee, desc.number))
      report({
        ...placeOf(desc),
        kind: 'added',
        rule: null,
        detail: `${numberOf(desc)}, of type ${nameOfType(typeOf(desc))}`,
      });
}

const placeOf = ({ file, typeName }: DescExtension): { file: string; element: string } => ({
  file: file.proto.name,
  element: typeName,
});

const numberOf = ({ extendee, number }: DescExtension): string => `the extension ${number} of ${extendee.typeName}`;
