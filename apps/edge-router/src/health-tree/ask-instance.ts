import { fromBinary } from '@bufbuild/protobuf';
import { Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Clock } from '@gateway/clock';
import { healthV1 } from '@gateway/contracts';
import { type Identity, serviceNameOf } from '@gateway/mtls';
import type { Answer, Ask, Asked } from './ask';
import { dial } from './dial';

const PATH = '/gateway.health.v1.HealthService/Report';
const NOTHING = Buffer.alloc(0);

/**
 * Asks an instance with gateway.health.v1, over a connection of its own: that a new one can be made is part of the
 * question. Where the platform's identities don't reach, it is seen whether somebody takes connections.
 * @param identity who asks; null: nobody can be asked more than that
 */
export function askInstance(identity: Pick<Identity, 'grpcClientCredentials'> | null, clock: Clock): Ask {
  return (asked, timeoutMs) => {
    const { grpcAddress, expect, address } = asked;
    if (identity === null || grpcAddress === null || expect === '') return dial(address, timeoutMs, clock);
    return report({ ...asked, grpcAddress }, identity, clock.now() + timeoutMs, timeoutMs);
  };
}

async function report(
  { grpcAddress, expect }: Asked & { grpcAddress: string },
  identity: Pick<Identity, 'grpcClientCredentials'>,
  deadline: number,
  timeoutMs: number,
): Promise<Answer> {
  const client = new Client(grpcAddress, identity.grpcClientCredentials({ expect }), {
    'grpc.use_local_subchannel_pool': 1,
    // Node refuses an IP address as TLS server name. Who the server must be is for the credentials to check.
    'grpc.ssl_target_name_override': serviceNameOf(expect),
  });
  try {
    return await new Promise((resolve) =>
      client.makeUnaryRequest(
        PATH,
        () => NOTHING,
        readReport,
        undefined,
        new Metadata(),
        { deadline },
        (error: ServiceError | null, answer?: Answer) => resolve(error ? answerOf(error, timeoutMs) : answer!),
      ),
    );
  } finally {
    client.close();
  }
}

/** What was answered, whatever the bytes are. What isn't a report is somebody's own affair: that it came is what counts. */
export function readReport(bytes: Buffer): Answer {
  try {
    return { kind: 'report', report: fromBinary(healthV1.ReportResponseSchema, bytes) };
  } catch {
    return { kind: 'reached' };
  }
}

function answerOf({ code, details }: ServiceError, ms: number): Answer {
  if (code === status.UNAVAILABLE) return { kind: 'unreachable', why: reasonOf(details) };
  if (code === status.DEADLINE_EXCEEDED) return { kind: 'silent', ms };
  // UNIMPLEMENTED of a service that isn't of the platform, PERMISSION_DENIED of one that wants to tell nothing.
  return { kind: 'reached' };
}

/** What grpc-js says around the reason: `No connection established. Last error: Error: <reason>. Resolution note: …`. */
const WRAPPING = /^No connection established\. Last error: (?:Error: )?|\. Resolution note:.*$/gs;

const reasonOf = (details: string): string => details.replace(WRAPPING, '');
