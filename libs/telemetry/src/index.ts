export { LATENCY_SECONDS } from './buckets';
export { createLogger, flush, silentLogger, type Logger, type LoggerOptions } from './logger';
export { REDACTED, REDACTED_PATHS } from './redaction';
export { currentRequest, withRequest, type RequestIds } from './request-context';
export { childOf, formatTraceparent, parseTraceparent, type TraceContext } from './traceparent';
