import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { JsonSchema } from '@gateway/json-schema';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import type { HttpSchemas } from '../../validation/http-schemas';
import { checkBody } from '../../validation/json-body';
import { headerTexts, queryTexts } from '../../validation/request-texts';
import { requestMode } from '../../validation/route-rules';
import type { CountShadow } from '../../validation/shadow-counts';
import { readBody, refuseTooLong, watchBody } from '../body';
import type { RequestContext } from '../context';
import { isPlainJson } from '../json-type';
import type { MessagePorts } from '../request-message';
import type { Route } from '../route';
import { shadowCheck } from '../shadow-check';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import type { ValidatePorts } from './validate';

/** What validation by schemas needs. */
export interface ValidateHttpPorts extends ValidatePorts, MessagePorts {}

/** Methods whose requests usually have no body (RFC 9110 §9.3): without one there is nothing to check. */
const MAY_LACK_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE']);

/**
 * Refuses requests that a route's schemas don't describe; in shadow mode, counts them. The bytes of the body go on as they
 * came: all at once after they were checked, or in shadow mode as they stream.
 */
export function validateHttp({ id, target, policy }: Route, ports: ValidateHttpPorts): RouteStage | null {
  if (target.kind !== 'http' || target.schemas === undefined) return null;
  const { body, query, headers } = target.schemas;
  const mode = requestMode(policy);
  if (mode === Mode.OFF || (body ?? query ?? headers) === null) return null;
  const limit = Number(policy.maxBodyBytes ?? ports.bodyLimit);
  if (mode === Mode.SHADOW) return watching(target.schemas, limit, ports.shadowCountFor(id, 'request'));
  return enforcing(target.schemas, limit, ports);
}

function enforcing(schemas: HttpSchemas, limit: number, { clock }: ValidateHttpPorts): RouteStage {
  const { body: schema } = schemas;
  return (next) => (context) => {
    checkParameters(schemas, context);
    if (schema === null || !mustHaveBody(context)) return next(context);
    checkHead(context, limit);
    const timeoutMs = context.remainingMs(clock);
    const body = readBody(context.takeBody(), { limit, timeoutMs, clock });
    return whenDone<Buffer | null, EdgeResponse>(body, (bytes) => {
      context.leaveBody(bytes);
      checkBody(schema, bytes ?? NOTHING);
      return next(context);
    });
  };
}

function watching(schemas: HttpSchemas, limit: number, count: CountShadow): RouteStage {
  const { body: schema } = schemas;
  return (next) => (context) => {
    const passes = (check: () => void): boolean => shadowCheck(count, context, check);
    passes(() => checkParameters(schemas, context));
    if (schema === null || !mustHaveBody(context) || !passes(() => checkHead(context, limit))) return next(context);
    const { body } = context;
    if (body === null || Buffer.isBuffer(body)) passes(() => checkBody(schema, body ?? NOTHING));
    else context.leaveBody(watchBody(body, limit, (bytes) => void passes(() => checkWatched(schema, bytes))));
    return next(context);
  };
}

const NOTHING = Buffer.alloc(0);

const mustHaveBody = ({ request }: RequestContext): boolean =>
  request.body !== null || !MAY_LACK_BODY.has(request.method);

function checkParameters({ query, headers }: HttpSchemas, context: RequestContext): void {
  const errors = [
    ...(query?.check(queryTexts(context.query)) ?? []),
    ...(headers?.check(headerTexts(context.headers, headers.names)) ?? []),
  ];
  if (errors.length > 0) throw new GatewayError('GW_INVALID_FIELD', { errors });
}

/** Without a type it is taken for JSON: the recipient may (RFC 9110 §8.3). */
function checkHead({ headers }: RequestContext, limit: number): void {
  refuseTooLong(getHeader(headers, 'content-length'), limit);
  if (!isPlainJson(headers, 'application/json'))
    throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE', { detail: 'The body must be application/json, not encoded' });
}

/** @param bytes null: more than were kept */
function checkWatched(schema: JsonSchema, bytes: Buffer | null): void {
  if (bytes === null) throw new GatewayError('GW_BODY_TOO_LARGE');
  checkBody(schema, bytes);
}
