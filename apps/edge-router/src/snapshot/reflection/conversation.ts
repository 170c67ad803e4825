import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { CONTRACT_BOUNDS, reflectionV1 } from '@gateway/contracts';
import type { GrpcStream } from '@gateway/grpc-pool';
import { ReflectionError } from './reflection-error';

const { ServerReflectionRequestSchema, ServerReflectionResponseSchema } = reflectionV1;

/** What can be asked. */
export type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;
/** What is answered. */
export type Answer = reflectionV1.ServerReflectionResponse['messageResponse'];

/** Bytes of all answers together: files come several times, with each of those that import them. */
const MAX_BYTES = 8 * CONTRACT_BOUNDS.bytes;

/** Questions to a server about itself, one after the other in one call. */
export class Conversation {
  private readonly answers: AsyncIterator<Buffer>;
  private bytes = 0;

  constructor(private readonly stream: GrpcStream) {
    this.answers = stream.messages[Symbol.asyncIterator]();
  }

  /**
   * @throws ReflectionError when the server doesn't answer as reflection does, or too much
   * @throws GrpcCallError when the call has failed
   */
  async ask(messageRequest: Question): Promise<Answer> {
    const request = create(ServerReflectionRequestSchema, { messageRequest });
    this.stream.send(toBinary(ServerReflectionRequestSchema, request));
    const { done, value } = await this.answers.next();
    if (done === true) throw new ReflectionError('ends the call before it has answered');
    this.bytes += value.length;
    if (this.bytes > MAX_BYTES) throw new ReflectionError(`answers with more than ${MAX_BYTES} bytes`);
    return readAnswer(value);
  }

  /** Nothing more is asked. */
  end(): void {
    this.stream.end();
    this.stream.cancel();
  }
}

function readAnswer(bytes: Uint8Array): Answer {
  try {
    return fromBinary(ServerReflectionResponseSchema, bytes).messageResponse;
  } catch (cause) {
    throw new ReflectionError('answers with something that is no reflection', { cause });
  }
}
