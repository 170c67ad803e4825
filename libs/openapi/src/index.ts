export type { ApiCall, ApiHttp, ApiDescription, ApiPath, ApiRoute, ApiSegment, ApiVariable } from './api-route';
export { buildAsyncApi, type EmittingRoute, type SocketDescription } from './build-asyncapi';
export { buildOpenApi } from './build-openapi';
