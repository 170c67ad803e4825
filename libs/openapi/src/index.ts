export type { ApiCall, ApiHttp, ApiDescription, ApiPath, ApiRoute, ApiSegment, ApiVariable } from './api-route';
export { buildOpenApi } from './build-openapi';
