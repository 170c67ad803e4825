import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { asGatewayError, type ErrorCode, GatewayError } from '@gateway/errors';
import type { JsonSchema } from '@gateway/json-schema';
import type { EdgeResponse } from '@gateway/pipeline';
import { hasResponseSchema } from '../../validation/http-schemas';
import { checkBody } from '../../validation/json-body';
import { responseMode } from '../../validation/route-rules';
import type { CountShadow } from '../../validation/shadow-counts';
import { readBody, watchBody } from '../body';
import type { RequestContext } from '../context';
import { discardResponse } from '../discard-response';
import { isPlainJson } from '../json-type';
import type { Route } from '../route';
import { shadowCheck } from '../shadow-check';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import type { ValidateHttpPorts } from './validate-http';

/**
 * Counts responses that their schema doesn't describe, or refuses them: a service that doesn't keep its word is a broken
 * upstream. Only those with content that mean success: what failures look like the schema doesn't say. Enforced, a response
 * is read whole before its head goes out.
 */
export function validateHttpResponse({ id, target, policy }: Route, ports: ValidateHttpPorts): RouteStage | null {
  if (target.kind !== 'http' || !hasResponseSchema(target, policy)) return null;
  const schema = target.schemas!.response!;
  const limit = Number(policy.maxBodyBytes ?? ports.bodyLimit);
  const shadow = responseMode(policy) === Mode.SHADOW ? ports.shadowCountFor(id, 'response') : null;
  const look = shadow === null ? enforcing(schema, limit, ports) : watching(schema, limit, shadow);
  return (next) => (context) =>
    whenDone(next(context), (response) => (isDescribed(response) ? look(response, context) : response));
}

/** 206 is a piece of what the schema describes. */
const isDescribed = ({ status, body }: EdgeResponse): boolean =>
  body !== null && status >= 200 && status < 300 && status !== 206;

type Look = (response: EdgeResponse, context: RequestContext) => EdgeResponse | Promise<EdgeResponse>;

function enforcing(schema: JsonSchema, limit: number, { clock }: ValidateHttpPorts): Look {
  return async (response, context) => {
    try {
      checkHead(response);
      const timeoutMs = context.remainingMs(clock);
      const bytes = await readBody(response.body, { limit, timeoutMs, clock });
      checkBody(schema, bytes!);
      response.body = bytes;
      return response;
    } catch (thrown) {
      discardResponse(response);
      throw asUpstreamFault(asGatewayError(thrown));
    }
  };
}

function watching(schema: JsonSchema, limit: number, count: CountShadow): Look {
  return (response, context) => {
    const passes = (check: () => void): boolean => shadowCheck(count, context, check);
    const { body } = response;
    if (body === null || !passes(() => checkHead(response))) return response;
    const checkWhole = (bytes: Buffer | null): boolean => passes(() => checkBody(schema, bounded(bytes, limit)));
    if (Buffer.isBuffer(body)) checkWhole(body);
    else response.body = watchBody(body, limit, checkWhole);
    return response;
  };
}

function bounded(bytes: Buffer | null, limit: number): Buffer {
  if (bytes !== null && bytes.length <= limit) return bytes;
  throw new GatewayError('GW_BODY_TOO_LARGE');
}

function checkHead({ headers }: EdgeResponse): void {
  if (!isPlainJson(headers, ''))
    throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE', { detail: 'The response is not plain JSON' });
}

/** What the reading of a request says when it is a response that can't be read. */
const FAULTS: Partial<Record<ErrorCode, ErrorCode>> = {
  GW_REQUEST_TIMEOUT: 'GW_TIMEOUT',
  GW_TIMEOUT: 'GW_TIMEOUT',
};

/** What is wrong is for the log: the caller can't mend it. */
const asUpstreamFault = (error: GatewayError): GatewayError =>
  new GatewayError(FAULTS[error.code] ?? 'GW_UPSTREAM_PROTOCOL', {
    cause: error.context.errors === undefined ? error : { broken: error.context.errors },
  });
