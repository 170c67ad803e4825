export { FieldPathError } from './field-path';
export { compileFieldReader, hasFieldText, type FieldReader } from './field-reader';
export { type JsonReading, readJson } from './json-reader';
export { type JsonTextLimits, scanJson, type StrictJsonLimits } from './json-scan';
export { DEFAULT_LIMITS, type TranscodingLimits } from './limits';
export type { BodyForm, TranscodingOptions } from './options';
export type { RequestParts } from './request-decoder';
export { compileTranscoder, type HttpBinding, type Transcoder } from './transcoder';
