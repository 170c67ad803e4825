import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf';
import { message_versions, type MessageVersion } from '@gateway/contracts';
import { compareVersions, isVersion } from '../version';
import { FormError } from './form-error';
import { type Child, ItemsForm, type JsonForm, MessageForm } from './message-form';
import { fieldsOf, Shape } from './read-changes';
import { Step } from './step';

/** The forms that the messages of a contract have in one version of the API (gateway.v1.message_versions). */
export class VersionForms {
  private readonly forms = new Map<DescMessage, JsonForm>();

  /** @param version such as `v1` */
  constructor(private readonly version: string) {}

  /**
   * The form of a message; null: the version has it as it is.
   * @throws FormError when its changes, or those of a message that it holds, can't be made
   */
  ofMessage(message: DescMessage): JsonForm | null {
    if (!this.isChanged(message, new Set())) return null;
    const known = this.forms.get(message);
    if (known !== undefined) return known;
    const children: Child[] = [];
    const form = new MessageForm(this.stepsOf(message), children);
    // Before its fields: they may hold the message itself.
    this.forms.set(message, form);
    for (const field of message.fields) {
      const own = this.ofField(field);
      if (own !== null) children.push({ name: { json: field.jsonName, proto: field.name }, form: own });
    }
    return form;
  }

  /** The form of a field's value; null: the version has it as it is. @throws FormError */
  ofField(field: DescField): JsonForm | null {
    const form = field.message === undefined ? null : this.ofMessage(field.message);
    return form === null || field.fieldKind === 'message' ? form : new ItemsForm(form);
  }

  private stepsOf(message: DescMessage): Step[] {
    const shape = new Shape(message);
    return this.boundariesOf(message).map(({ changes }) => {
      for (const { field } of changes) this.refuseInside(message, field);
      return new Step(shape.cross(changes));
    });
  }

  /** What lies within a message that changes itself has two names, and which one is meant would be a guess. */
  private refuseInside(message: DescMessage, field: string): void {
    const parents = fieldsOf(message, field.split('.').slice(0, -1)) ?? [];
    const changed = parents.find((each) => this.boundariesOf(each.message!).length > 0);
    if (changed !== undefined)
      throw new FormError(message, `"${field}" lies in ${changed.message!.typeName}, which changes itself`);
  }

  /** The boundaries between a message and the version, the nearest to the message first. */
  private boundariesOf(message: DescMessage): MessageVersion[] {
    const sides = [this.crossed(message, 'until'), this.crossed(message, 'since')];
    if (sides.every((side) => side.length > 0))
      throw new FormError(message, `until and since overlap in ${this.version}`);
    return sides.flat();
  }

  private crossed(message: DescMessage, side: 'until' | 'since'): MessageVersion[] {
    const sign = side === 'until' ? 1 : -1;
    return versionsOf(message)
      .filter(({ range }) => range.case === side && sign * compareVersions(range.value, this.version) >= 0)
      .sort((a, b) => sign * compareVersions(b.range.value!, a.range.value!));
  }

  private isChanged(message: DescMessage, visited: Set<DescMessage>): boolean {
    if (visited.has(message)) return false;
    visited.add(message);
    if (this.boundariesOf(message).length > 0) return true;
    return message.fields.some((field) => field.message !== undefined && this.isChanged(field.message, visited));
  }
}

function versionsOf(message: DescMessage): readonly MessageVersion[] {
  const versions = readOption(message);
  const wrong = versions.find(({ range }) => !isVersion(range.value ?? ''));
  if (wrong !== undefined) throw new FormError(message, 'neither until nor since names a version such as v1');
  return versions;
}

/** Options are decoded when they are asked for, so a broken one shows here. */
function readOption(message: DescMessage): readonly MessageVersion[] {
  try {
    return getOption(message, message_versions);
  } catch (cause) {
    throw new FormError(message, "the option can't be read", { cause });
  }
}
