import type { ChannelInterface } from '@grpc/grpc-js';

/** A call as a channel makes it, below grpc-js's `Client`. */
export type ChannelCall = ReturnType<ChannelInterface['createCall']>;
