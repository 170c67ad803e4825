/** A server that can't be asked what it has. The message continues "<service> …". */
export class ReflectionError extends Error {
  override readonly name = 'ReflectionError';
}
