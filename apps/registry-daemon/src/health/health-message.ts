import { service } from 'grpc-health-check';

const { requestSerialize, responseDeserialize } = service['Check']!;

/** Compressed flag and length, before each message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX = 5;

/** The path of grpc.health.v1's Check. */
export const HEALTH_CHECK_PATH = service['Check']!.path;

/** A HealthCheckRequest as it is sent. @param name the service to be checked */
export function healthRequest(name: string): Buffer {
  const message = requestSerialize({ service: name });
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/**
 * The status that a HealthCheckResponse, as it was received, says: `SERVING`, `NOT_SERVING`, …
 * @throws Error when it is something else
 */
export function healthStatus(received: Buffer): string {
  const isWhole = received.length >= PREFIX && received.readUInt32BE(1) === received.length - PREFIX;
  // Nobody offered to take compressed ones.
  if (!isWhole || received[0] !== 0) throw new Error('it answers something that is no health status');
  const { status } = responseDeserialize(received.subarray(PREFIX)) as { readonly status: string | number };
  return String(status);
}
