export * from './gen/gateway/v1/policy_pb';
export * as registryV1 from './gen/gateway/registry/v1/registry_pb';
export * as authV1 from './gen/gateway/auth/v1/auth_proxy_pb';
export * as eventsV1 from './gen/gateway/events/v1/events_pb';
export * as grpcHealthV1 from './gen/grpc/health/v1/health_pb';
export * as healthV1 from './gen/gateway/health/v1/health_pb';
export * as realtimeV1 from './gen/gateway/realtime/v1/realtime_pb';
export * as reflectionV1 from './gen/grpc/reflection/v1/reflection_pb';
export * as googleRpc from './gen/google/rpc/error_details_pb';
export { HttpRuleSchema, type HttpRule } from './gen/google/api/http_pb';
export { http as httpRule } from './gen/google/api/annotations_pb';
export { type HttpBinding } from './bindings';
export { commentsIn, type FileComments, withComments } from './comments';
export { type BreakingRule, type ContractChange } from './changes/contract-change';
export { contractChanges } from './changes/contract-changes';
export {
  type CompiledContract,
  type CompiledMethod,
  type CompiledService,
  compileContract,
  methodPlace,
} from './compile';
export { ContractError, type ContractPlace, type ContractRule } from './contract-error';
export { type Status as RpcStatus, StatusSchema as RpcStatusSchema } from './gen/google/rpc/status_pb';
export { CONTRACT_BOUNDS, descriptorSetOf, digestOf, isDigest } from './descriptor-set';
export {
  type DomainEvent,
  EventError,
  eventFromJson,
  eventFromMessage,
  eventToJson,
  eventToMessage,
} from './domain-event';
export { type Annotation, lineOf } from './source-line';
export { type ContractViolation, lineOfViolation, violationOf, violationsIn } from './violation';
export { effectivePolicy } from './effective-policy';
export { lateField } from './late-field';
export { type ContractOverlay, isEmptyOverlay, overlayContract, type OverlayProblem } from './overlay';
export { type PolicyProblem, policyProblems } from './policy-rules';
export { ReflectedFiles, type ShowFile } from './reflected-files';
export { providedFiles } from './provided-files';
export { messageScope, pathScope, type PolicyScope } from './policy-scope';
