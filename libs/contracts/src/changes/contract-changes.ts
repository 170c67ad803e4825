import type { CompiledContract } from '../compile';
import { compareEnums } from './compare-enums';
import { compareExtensions } from './compare-extensions';
import { compareMessages } from './compare-messages';
import { compareMethods } from './compare-methods';
import type { ContractChange, ReportChange } from './contract-change';
import { publishedTypes } from './published-types';

/**
 * How two contracts of a service differ, what breaks first: methods, routes and policies, and the fields and values of
 * the types that travel, extensions included.
 */
export function contractChanges(before: CompiledContract, after: CompiledContract): ContractChange[] {
  const changes: ContractChange[] = [];
  const report: ReportChange = (change) => void changes.push(change);
  compareMethods(before, after, report);
  const { messages, enums, files } = publishedTypes(before);
  for (const desc of messages) {
    const now = after.registry.getMessage(desc.typeName);
    if (now) compareMessages(desc, now, report);
  }
  for (const desc of enums) {
    const now = after.registry.getEnum(desc.typeName);
    if (now) compareEnums(desc, now, report);
  }
  compareExtensions(before, after, report);
  for (const { proto } of files) {
    const now = after.registry.getFile(proto.name)?.proto;
    if (now === undefined || now.package === proto.package) continue;
    const detail = `its package was ${proto.package} and is ${now.package}`;
    report({ kind: 'changed', file: proto.name, element: '', rule: 'FILE_SAME_PACKAGE', detail });
  }
  return changes.sort((one, other) => Number(one.rule === null) - Number(other.rule === null));
}
