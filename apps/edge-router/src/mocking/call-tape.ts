import { type DescMessage, fromBinary, type JsonObject, type Message } from '@bufbuild/protobuf';
import { asGatewayError } from '@gateway/errors';
import { recordedAnswer, recordedRequest } from '@gateway/mocking';
import type { RequestContext } from '../pipeline/context';
import type { GrpcTarget } from '../pipeline/route';
import type { CallRecorder } from '../pipeline/stages/record';
import type { Recording } from './recording';

/** Turns one method's messages into what is recorded of them. Sensitive fields are masked at once: no tape holds them. */
export class TapedMethod {
  readonly name: string;

  constructor(private readonly target: Pick<GrpcTarget, 'path' | 'method' | 'registry'>) {
    this.name = target.path.slice(1);
  }

  /** Null: it can't be written as JSON, such as an Any of a type that the contract doesn't have. */
  request(message: Message | Uint8Array): JsonObject | null {
    return this.attempt(this.target.method.input, message, recordedRequest);
  }

  /** Null: as above. */
  answer(message: Message | Uint8Array): JsonObject | null {
    return this.attempt(this.target.method.output, message, recordedAnswer);
  }

  private attempt(desc: DescMessage, said: Message | Uint8Array, write: typeof recordedAnswer): JsonObject | null {
    try {
      return write(desc, said instanceof Uint8Array ? fromBinary(desc, said) : said, this.target.registry);
    } catch {
      // Recording mustn't fail a call; what is wrong with a message is for those who read it to say.
      return null;
    }
  }
}

/** Records one call of a unary method. */
export class UnaryTape implements CallRecorder {
  constructor(
    private readonly recording: Recording,
    private readonly method: TapedMethod,
  ) {}

  answered({ message, responseMessage }: RequestContext): void {
    // From the cache: the service didn't say it now.
    if (responseMessage === null) return;
    const answer = this.method.answer(responseMessage);
    const call = answer === null ? null : this.begin(message!);
    if (call === null) return;
    if (this.recording.say(call, answer!)) call.isWhole = true;
    else this.recording.drop(call);
  }

  failed({ message }: RequestContext, error: unknown): void {
    const call = this.begin(message!);
    if (call === null) return;
    call.failure = { http: asGatewayError(error).definition.status };
    call.isWhole = true;
  }

  private begin(message: Message) {
    const request = this.method.request(message);
    return request === null ? null : this.recording.begin(this.method.name, request);
  }
}
