import { type StatusObject, status as GrpcStatus } from '@grpc/grpc-js';
import { GrpcCallError } from './grpc-call-error';
import { fromMetadata } from './metadata';

/** What grpc-js says when it never handed the call to a connection, or the server gave the stream back unread. */
const NEVER_PROCESSED =
  /^(No connection established|Name resolution failed|Channel closed before call started|Stream refused by server)/;

/** What it says, as INTERNAL, when Node had closed the connection already: there was no stream. */
const NEVER_SENT =
  /internal client error: (The session has been destroyed|New streams cannot be created after receiving a GOAWAY)$/;

const isRefused = (code: GrpcStatus, details: string): boolean =>
  (code === GrpcStatus.UNAVAILABLE && NEVER_PROCESSED.test(details)) ||
  (code === GrpcStatus.INTERNAL && NEVER_SENT.test(details));

/** The error of a call that ended with another status than OK. */
export const callError = ({ code, details, metadata }: StatusObject): GrpcCallError =>
  new GrpcCallError(code, details, isRefused(code, details), fromMetadata(metadata));

/** The connection closed under the call before there was a stream. grpc-js repeats what a server refused, but not that. */
export const wasLost = (error: unknown): boolean =>
  error instanceof GrpcCallError && error.refused && error.status === GrpcStatus.INTERNAL;

/** Statuses that a broken connection can be the reason of. A service may send them, too: then its other connections do. */
const SUSPICIOUS = new Set([
  GrpcStatus.UNAVAILABLE,
  GrpcStatus.DEADLINE_EXCEEDED,
  GrpcStatus.INTERNAL,
  GrpcStatus.UNKNOWN,
]);

/** Whether the connection may be to blame for how a call ended. */
export const isSuspicious = (error: unknown): boolean => error instanceof GrpcCallError && SUSPICIOUS.has(error.status);
