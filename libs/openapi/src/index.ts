export type { ApiCall, ApiDescription, ApiPath, ApiRoute, ApiSegment, ApiVariable } from './api-route';
export { buildOpenApi } from './build-openapi';
