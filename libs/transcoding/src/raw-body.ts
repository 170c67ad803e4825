import { create, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { BodyBinding } from './binding';
import { headerType } from './media-type';

/** A message that is bytes with their media type, not JSON (google/api/httpbody.proto). */
const HTTP_BODY = 'google.api.HttpBody';

type HttpBody = Message & { contentType: string; data: Uint8Array };

/** Bytes as HTTP carries them. */
export interface RawBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Whether a body is bytes: the whole message, or the field that it is bound to, is a HttpBody. */
export function isRaw(message: DescMessage, body: BodyBinding): boolean {
  if (body.kind === 'whole') return message.typeName === HTTP_BODY;
  return body.kind === 'field' && body.field.fieldKind === 'message' && body.field.message.typeName === HTTP_BODY;
}

/** A request message that holds nothing but the body. */
export function messageOfRaw(input: DescMessage, body: BodyBinding, { contentType, bytes }: RawBody): Message {
  if (body.kind !== 'field') return create(input, { contentType, data: bytes });
  const message = create(input);
  const field = body.field as DescField & { fieldKind: 'message' };
  const value = create(field.message, { contentType, data: bytes });
  reflect(input, message).set(field, reflect(field.message, value));
  return message;
}

/** The bytes of a response; none when the field isn't set. */
export function rawOfMessage(output: DescMessage, body: BodyBinding, response: Message): RawBody {
  const value = body.kind === 'field' ? fieldOf(output, body.field, response) : (response as HttpBody);
  if (value === null) return { contentType: headerType(''), bytes: Buffer.alloc(0) };
  const { buffer, byteOffset, length } = value.data;
  return { contentType: headerType(value.contentType), bytes: Buffer.from(buffer, byteOffset, length) };
}

function fieldOf(output: DescMessage, field: DescField, response: Message): HttpBody | null {
  const values = reflect(output, response);
  const message = field as DescField & { fieldKind: 'message' };
  return values.isSet(field) ? (values.get(message).message as HttpBody) : null;
}
