/** Changes between versions that can't be made. The message names the type and the field. */
export class FormError extends Error {
  override readonly name = 'FormError';
}
