import type { Message } from '@bufbuild/protobuf';

/** What a service says in a call, for one reader. */
export interface MessageSource {
  /**
   * The next message; null: the call has ended with OK, and all is done that its end calls for.
   * @throws GatewayError what the call failed with
   */
  next(): Promise<Message | null>;
  /** Ends the call: nobody reads any further. */
  cancel(): void;
}
