import type { Message } from '@bufbuild/protobuf';
import type { OpenStream } from './forward-stream';

/** How the gateway itself answers a method that has one answer. */
export interface OwnAnswer {
  /** @throws GatewayError */
  readonly answer: (request: Message) => Message;
}

/** How the gateway itself answers a method that streams. */
export interface OwnStream {
  readonly openStream: OpenStream;
}

/** How the gateway itself answers a method. */
export type OwnMethod = OwnAnswer | OwnStream;
