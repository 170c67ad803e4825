import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { GatewayError, PROBLEM_JSON, toProblem, type ErrorCode } from '@gateway/errors';
import type { Logger } from '@gateway/telemetry';
import { grpcFailureOf, isOurFault } from './grpc/status';

/** What an HTTP framework's own refusal is in the platform's table. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'GW_BAD_REQUEST',
  403: 'GW_FORBIDDEN',
  404: 'GW_NO_ROUTE',
  413: 'GW_BODY_TOO_LARGE',
  415: 'GW_UNSUPPORTED_MEDIA_TYPE',
};

/** The one place where an error of a Nest handler becomes a response: a problem document, or a gRPC status. */
@Catch()
export class RescueFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() === 'rpc') return this.#answerRpc(error);
    const http = host.switchToHttp();
    this.#answerHttp(error, http.getRequest(), http.getResponse());
  }

  #answerRpc(error: unknown): Observable<never> {
    if (isOurFault(error)) this.logger.error({ err: error }, 'a gRPC handler failed');
    return throwError(() => grpcFailureOf(error));
  }

  #answerHttp(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const known = fromFramework(error);
    if (!(known instanceof GatewayError))
      this.logger.error({ err: error, url: request.url }, 'an admin handler failed');
    const problem = toProblem(known, { instance: request.url.split('?')[0], requestId: String(request.id) });
    void reply.status(problem.status).type(PROBLEM_JSON).send(JSON.stringify(problem));
  }
}

/** Nest's and Fastify's refusals as GatewayErrors; other errors as they are. */
function fromFramework(error: unknown): unknown {
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  const code = typeof status === 'number' ? BY_STATUS[status] : undefined;
  return code === undefined || error instanceof GatewayError ? error : new GatewayError(code, { cause: error });
}
