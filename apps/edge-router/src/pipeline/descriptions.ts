import { describeCache } from './cache-plan';
import { describeLimits } from './limit-rules';
import { PIPELINE, type PipelinePorts } from './pipeline';
import type { RequestContext } from './context';
import type { Route } from './route';
import type { DescribeStage, Settings } from './settings';
import type { StageFactory } from './stage';
import { authenticate, describeAuthenticate } from './stages/authenticate';
import { authorize, describeAuthorize } from './stages/authorize';
import { breakCircuit, describeBreakCircuit } from './stages/break-circuit';
import { cacheLookup } from './stages/cache-lookup';
import { deadline, describeDeadline } from './stages/deadline';
import { decode, describeDecode } from './stages/decode';
import { describeEmit, emit } from './stages/emit';
import { describeFinishHeaders, finishHeaders } from './stages/finish-headers';
import { describeForward } from './stages/forward';
import { limitByClient } from './stages/limit-by-client';
import { limitByField } from './stages/limit-by-field';
import { limitByPrincipal } from './stages/limit-by-principal';
import { describeLimitConcurrency, limitConcurrency } from './stages/limit-concurrency';
import { describeMock, mock } from './stages/mock';
import { describeObserve, observe } from './stages/observe';
import { describePickEndpoint, pickEndpoint } from './stages/pick-endpoint';
import { describePreflight, preflight } from './stages/preflight';
import { describeRecord, record } from './stages/record';
import { describeRescue, rescue } from './stages/rescue';
import { describeRetire, retire } from './stages/retire';
import { describeRetry, retry } from './stages/retry';
import { describeShedLoad, shedLoad } from './stages/shed-load';
import { describeSpeak, speak } from './stages/speak';
import { describeTellDeprecation, tellDeprecation } from './stages/tell-deprecation';
import { describeTellVersion, tellVersion } from './stages/tell-version';
import { describeValidate, validate } from './stages/validate';
import { validateHttp } from './stages/validate-http';
import { validateHttpResponse } from './stages/validate-http-response';
import { describeValidateResponse, validateResponse } from './stages/validate-response';

/** A stage's name (a bundle may have renamed its function) and its description. */
type Description = readonly [name: string, describe: DescribeStage<PipelinePorts>];

/** How each stage of PIPELINE describes itself. A test fails for one that is missing. */
export const DESCRIPTIONS: ReadonlyMap<StageFactory<PipelinePorts>, Description> = new Map<
  StageFactory<PipelinePorts>,
  Description
>([
  [observe, ['observe', describeObserve]],
  [finishHeaders, ['finishHeaders', describeFinishHeaders]],
  [tellVersion, ['tellVersion', describeTellVersion]],
  [tellDeprecation, ['tellDeprecation', describeTellDeprecation]],
  [rescue, ['rescue', describeRescue]],
  [speak, ['speak', describeSpeak]],
  [deadline, ['deadline', describeDeadline]],
  [shedLoad, ['shedLoad', describeShedLoad]],
  [preflight, ['preflight', describePreflight]],
  [limitByClient, ['limitByClient', describeLimits('client')]],
  [authenticate, ['authenticate', describeAuthenticate]],
  [limitByPrincipal, ['limitByPrincipal', describeLimits('principal')]],
  [retire, ['retire', describeRetire]],
  [authorize, ['authorize', describeAuthorize]],
  [decode, ['decode', describeDecode]],
  [limitByField, ['limitByField', describeLimits('field')]],
  [validate, ['validate', describeValidate]],
  [validateHttp, ['validateHttp', describeValidate]],
  [emit, ['emit', describeEmit]],
  [mock, ['mock', describeMock]],
  [record, ['record', describeRecord]],
  [cacheLookup, ['cacheLookup', describeCache]],
  [validateResponse, ['validateResponse', describeValidateResponse]],
  [validateHttpResponse, ['validateHttpResponse', describeValidateResponse]],
  [retry, ['retry', describeRetry]],
  [pickEndpoint, ['pickEndpoint', describePickEndpoint]],
  [limitConcurrency, ['limitConcurrency', describeLimitConcurrency]],
  [breakCircuit, ['breakCircuit', describeBreakCircuit]],
]);

/** A stage of a route's pipeline. */
export interface DescribedStage {
  readonly name: string;
  /** Null: the route doesn't use it, and it costs nothing. */
  readonly settings: Settings | null;
}

/** The whole pipeline of a route, for one request. Asks the factories themselves which of them the route uses. */
export function describePipeline(route: Route, context: RequestContext, ports: PipelinePorts): DescribedStage[] {
  const stages = PIPELINE.map((stage): DescribedStage => {
    const [name, describe] = DESCRIPTIONS.get(stage)!;
    return { name, settings: stage(route, ports) === null ? null : describe(route, context, ports) };
  });
  return [...stages, { name: 'forward', settings: describeForward(route, context) }];
}
