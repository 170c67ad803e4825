import { randomUUID } from 'node:crypto';
import {
  ServerInterceptingCall,
  status as GrpcCode,
  type Metadata,
  type ServerInterceptor,
  type ServerListener,
} from '@grpc/grpc-js';
import type { Clock } from '@gateway/clock';
import { spiffeIdOf } from '@gateway/mtls';
import { parseTraceparent, withRequest, type Logger, type RequestIds } from '@gateway/telemetry';
import type { AllowList } from './allow-list';
import type { CallMetrics } from './call-metrics';
import type { OpenStreams } from './open-streams';

/** What the interceptor works with. */
export interface CallObservers {
  readonly allowed: AllowList;
  readonly metrics: CallMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly streams: OpenStreams;
}

const firstText = (metadata: Metadata, key: string): string | undefined => metadata.get(key)[0]?.toString();

/** The ids that a call's log lines carry: the caller's, or new ones. */
function idsOf(metadata: Metadata): RequestIds {
  const requestId = firstText(metadata, 'x-request-id') ?? randomUUID();
  return { requestId, traceId: parseTraceparent(firstText(metadata, 'traceparent'))?.traceId };
}

/**
 * What happens around every call of a listener: the peer is checked against the allow-list before the request is read,
 * the outcome is counted and logged, and what the handler logs carries the request's ids.
 */
export const callInterceptor =
  ({ allowed, metrics, logger, clock, streams }: CallObservers): ServerInterceptor =>
  (method, call) => {
    const began = clock.monotonic();
    const spiffeId = spiffeIdOf(call.getAuthContext().sslPeerCertificate);
    let ids: RequestIds | null = null;
    let ended = false;

    const end = (code: GrpcCode, details: string): void => {
      if (ended) return;
      ended = true;
      streams.remove(call);
      const ms = clock.monotonic() - began;
      metrics.of(method.path).ended(code, ms / 1000);
      const line = { ...ids, peer: spiffeId, path: method.path, code: GrpcCode[code], ms: Math.round(ms * 10) / 10 };
      if (code === GrpcCode.OK) logger.debug(line, 'call');
      else logger.info({ ...line, details }, 'call failed');
    };
    const refuse = (code: GrpcCode, details: string): void => {
      end(code, details);
      call.sendStatus({ code, details });
    };

    const listener: ServerListener = {
      onReceiveMetadata(metadata, next) {
        ids = idsOf(metadata);
        if (spiffeId === null || !allowed(method.path, spiffeId)) {
          refuse(
            GrpcCode.PERMISSION_DENIED,
            `${spiffeId ?? 'a caller without a SPIFFE id'} may not call ${method.path}`,
          );
          return;
        }
        if (method.responseStream)
          streams.add(call, () => refuse(GrpcCode.UNAVAILABLE, 'the service is shutting down'));
        withRequest(ids, () => next(metadata));
      },
      onReceiveHalfClose: (next) => (ids ? withRequest(ids, next) : next()),
      onCancel: () => end(GrpcCode.CANCELLED, 'the caller went away'),
    };
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendStatus(status, next) {
        end(status.code ?? GrpcCode.UNKNOWN, status.details ?? '');
        next(status);
      },
    });
  };
