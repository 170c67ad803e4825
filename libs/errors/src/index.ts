export { ERRORS, GrpcStatus, type ErrorCode, type ErrorDefinition } from './table';
export { GatewayError, asGatewayError, type ErrorContext, type ErrorDetail, type FieldError } from './gateway-error';
export { fromGrpcStatus } from './grpc';
export { errorReference } from './reference';
export { PROBLEM_JSON, problemType, toProblem, type Problem } from './problem';
