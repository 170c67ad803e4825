import type { JsonObject } from '@bufbuild/protobuf';
import { asGatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError, type GrpcStream } from '@gateway/grpc-pool';
import type { RecordedFailure } from '@gateway/mocking';
import type { RequestContext } from '../pipeline/context';
import type { GrpcStreaming } from '../pipeline/route';
import type { CallRecorder } from '../pipeline/stages/record';
import type { Endpoint } from '../upstreams/endpoint';
import type { TapedMethod } from './call-tape';
import type { Recording, TapedCall } from './recording';
import { TapedStream } from './taped-stream';

/** What streams are recorded with. */
export interface TapeParts {
  readonly recording: Recording;
  readonly method: TapedMethod;
  readonly streaming: GrpcStreaming;
}

/** Records one call of a method that streams: of several attempts the one that counts. */
export class StreamTape implements CallRecorder {
  private readonly takes = new Map<Endpoint | null, StreamTake>();

  constructor(private readonly parts: TapeParts) {}

  /** The stream with somebody who hears it. */
  listen({ endpoint }: Pick<RequestContext, 'endpoint'>, stream: GrpcStream): GrpcStream {
    this.takes.get(endpoint)?.drop();
    const take = new StreamTake(this.parts);
    this.takes.set(endpoint, take);
    return new TapedStream(stream, take);
  }

  answered({ endpoint }: RequestContext): void {
    this.keepOnly(endpoint);
  }

  failed({ endpoint, message }: RequestContext, error: unknown): void {
    const failure = asGatewayError(error);
    const { status } = failure.definition;
    const take = this.takes.get(endpoint);
    this.keepOnly(endpoint);
    if (take !== undefined) take.failed({ http: status });
    else if (message !== null) this.neverBegan(message, status);
  }

  private keepOnly(endpoint: Endpoint | null): void {
    for (const [other, take] of this.takes) if (other !== endpoint) take.drop();
  }

  private neverBegan(message: NonNullable<RequestContext['message']>, status: number): void {
    const { recording, method } = this.parts;
    const request = method.request(message);
    const call = request === null ? null : recording.begin(method.name, request);
    if (call === null) return;
    call.failure = { http: status };
    call.isWhole = true;
  }
}

/**
 * What is heard of one stream, as a scenario tells it: a request has answers; where both sides stream, each message of the
 * client has those that follow it.
 */
export class StreamTake {
  /** Null: the client has said nothing yet. */
  private call: TapedCall | null = null;
  /** What the service said before the client did. */
  private readonly early: Uint8Array[] = [];
  private isOver = false;

  constructor(private readonly parts: TapeParts) {}

  heard(message: Uint8Array): void {
    const { recording, method, streaming } = this.parts;
    // Of a client that streams to one answer, a scenario knows what it says first.
    if (this.isOver || (this.call !== null && !(streaming.client && streaming.server))) return;
    if (this.call !== null) this.call.isWhole = true;
    const request = method.request(message);
    this.call = request === null ? null : recording.begin(method.name, request);
    if (this.call === null) this.isOver = true;
    for (const said of this.early.splice(0)) this.said(said);
  }

  said(message: Uint8Array): void {
    if (this.isOver) return;
    if (this.call === null) {
      this.wait(message);
      return;
    }
    const answer: JsonObject | null = this.parts.method.answer(message);
    if (answer === null || !this.parts.recording.say(this.call, answer)) this.isOver = true;
  }

  /** The service has said everything. */
  ended(): void {
    this.close(null);
  }

  /** The call has failed, as whoever reads it is told. */
  broke(error: unknown): void {
    // Cancelled: by the client, or for it. The service may have had more to say.
    const name = error instanceof GrpcCallError ? nameOf(error.status) : undefined;
    if (name === undefined || name === 'CANCELLED') this.left();
    // Without the status' message: that may hold anything, and nothing says what of it is to be masked.
    else this.close({ grpc: name });
  }

  /** Nobody reads any further. */
  left(): void {
    this.isOver = true;
  }

  /** Nothing was answered with but this. What the client did wrong says nothing about the service. */
  failed(failure: { readonly http: number }): void {
    this.isOver = true;
    const { call } = this;
    if (call === null || call.isWhole || failure.http < 500) return;
    call.failure = failure;
    call.isWhole = true;
  }

  /** It doesn't count. */
  drop(): void {
    this.isOver = true;
    if (this.call !== null) this.parts.recording.drop(this.call);
  }

  private wait(message: Uint8Array): void {
    if (this.early.length < MAX_EARLY) this.early.push(message);
    else this.isOver = true;
  }

  private close(failure: RecordedFailure | null): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.call === null) return;
    this.call.failure = failure;
    this.call.isWhole = true;
  }
}

/** Messages of a service that wait for the client's first. */
const MAX_EARLY = 16;

const NAMES = new Map(Object.entries(GrpcStatus).map(([name, status]) => [status as number, name]));
const nameOf = (status: number) => NAMES.get(status) as keyof typeof GrpcStatus | undefined;
