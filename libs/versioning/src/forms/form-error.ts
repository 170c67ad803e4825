import type { DescMessage } from '@bufbuild/protobuf';

/** Changes between versions that can't be made. Its message names the type and the field. */
export class FormError extends Error {
  override readonly name = 'FormError';

  /** @param type whose `message_versions` say so */
  constructor(
    readonly type: DescMessage,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`message_versions of ${type.typeName}: ${detail}`, options);
  }
}
