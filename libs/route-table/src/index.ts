export { decodeCapture } from './capture';
export {
  ANY_METHOD,
  areEqualRoutes,
  RouteConflictError,
  RouteTable,
  type RouteEntry,
  type RouteMatch,
  UPGRADE,
} from './route-table';
export {
  compileTemplate,
  TemplateError,
  type SegmentKind,
  type Template,
  type TemplateSegment,
  type TemplateVariable,
} from './template';
