import { compose } from '@gateway/pipeline';
import type { Route } from './route';
import type { ArrivalStep, RouteHandler, StageFactory } from './stage';
import { authenticate, type AuthenticatePorts } from './stages/authenticate';
import { authorize, type AuthorizePorts } from './stages/authorize';
import { cacheLookup, type CachePorts } from './stages/cache-lookup';
import { breakCircuit, type BreakPorts } from './stages/break-circuit';
import { canonicalPath } from './stages/canonical-path';
import { deadline } from './stages/deadline';
import { decode } from './stages/decode';
import { emit, type EmitPorts } from './stages/emit';
import { finishHeaders, type FinishHeadersPorts } from './stages/finish-headers';
import { forward, type ForwardPorts } from './stages/forward';
import { limitByClient } from './stages/limit-by-client';
import { limitByField } from './stages/limit-by-field';
import { limitByPrincipal } from './stages/limit-by-principal';
import { limitConcurrency, type ConcurrencyPorts } from './stages/limit-concurrency';
import { match, type MatchPorts } from './stages/match';
import { mock, type MockPorts } from './stages/mock';
import { observe, type ObservePorts } from './stages/observe';
import { pickEndpoint, type PickPorts } from './stages/pick-endpoint';
import { preflight } from './stages/preflight';
import { record, type RecordPorts } from './stages/record';
import { rescue } from './stages/rescue';
import { retire, type RetirePorts } from './stages/retire';
import { retry, type RetryPorts } from './stages/retry';
import { sanitizeHeaders, type SanitizePorts } from './stages/sanitize-headers';
import { speak } from './stages/speak';
import { shedLoad, type ShedPorts } from './stages/shed-load';
import { tellDeprecation, type TellDeprecationPorts } from './stages/tell-deprecation';
import { tellVersion, type TellVersionPorts } from './stages/tell-version';
import { validate, type ValidatePorts } from './stages/validate';
import { validateHttp, type ValidateHttpPorts } from './stages/validate-http';
import { validateHttpResponse } from './stages/validate-http-response';
import { validateResponse } from './stages/validate-response';
import type { LimitPorts } from './limit-rules';

/** Everything that the stages need; bound in app.module.ts. */
export type PipelinePorts = ObservePorts &
  FinishHeadersPorts &
  TellVersionPorts &
  TellDeprecationPorts &
  RetirePorts &
  LimitPorts &
  AuthenticatePorts &
  AuthorizePorts &
  ValidatePorts &
  ValidateHttpPorts &
  EmitPorts &
  MockPorts &
  RecordPorts &
  CachePorts &
  ShedPorts &
  RetryPorts &
  PickPorts &
  ConcurrencyPorts &
  BreakPorts &
  ForwardPorts;

/** What the steps before routing need. */
export interface ArrivalPorts extends SanitizePorts, MatchPorts {}

/** Before routing: every request, in this order. */
export const ARRIVAL: readonly ((ports: ArrivalPorts) => ArrivalStep)[] = [
  sanitizeHeaders, // before anything trusts x-forwarded-*, x-user-* or hop-by-hop fields
  canonicalPath, //   one form of the path for routing, authorization, cache and upstream
  match, //           host, path, version (path > x-api-version > Accept > default), method
];

/**
 * THE pipeline: what happens around a call, outermost first. Composed once per route when its snapshot goes live, and for
 * one synthetic route, so that a 404 or 405 is limited, counted and logged like any other answer.
 */
export const PIPELINE: readonly StageFactory<PipelinePorts>[] = [
  observe, //          every outcome is counted, logged and traced, rescued ones too; ends with the body's last byte
  finishHeaders, //    security, rate-limit and cache headers: on errors too
  tellVersion, //      which one answered, and what that varied by; above the cache, whose entries know no client
  tellDeprecation, //  when the route ends: on errors too; counts who still calls
  rescue, //           the only place where an error becomes a response
  speak, //            an RPC client's answer in its protocol; above the cache, which keeps messages
  deadline, //         one for everything below; propagated as grpc-timeout
  shedLoad, //         refuse before spending CPU on crypto
  preflight, //        a CORS preflight ends here: it has no credential
  limitByClient, //    cheap identity first: an attacker must not buy token checks
  authenticate, //     credential -> principal
  limitByPrincipal, // before anything that costs the services something
  retire, //           410 after the sunset and in brownouts; after authenticate: who still calls has a name
  authorize, //        scopes, permission on a resource
  decode, //           path, query and body -> message, bounded; after authorize: strangers get nothing parsed
  limitByField, //     limits keyed by a field, such as a login's account
  validate, //         message rules; after the limits: whoever guesses at rules is counted
  validateHttp, //     the same by schemas, for services without a contract; their bytes pass unchanged
  emit, //             publishes declared events when the call below succeeded, before the answer leaves
  mock, //             answers that are made up, and so never stored: above the cache
  record, //           what the service answers, for scenarios: below the mock, whose answers aren't the service's
  cacheLookup, //      after authorize: a hit must not leak across principals; coalesces misses
  validateResponse, // below the cache: what breaks its contract isn't stored; above retry: of the attempt that counts
  validateHttpResponse, // the same for services without a contract
  retry, //            above the breaker: each attempt is counted; hedging too
  pickEndpoint, //     only instances whose contract has the method
  limitConcurrency, // a slow instance holds its share of this process and no more
  breakCircuit, //     per endpoint: what failed again and again rests for a while
];

/** The handler of one route. */
export function assemble(route: Route, ports: PipelinePorts): RouteHandler {
  const stages = PIPELINE.map((stage) => stage(route, ports));
  return compose(stages, forward(route, ports));
}
