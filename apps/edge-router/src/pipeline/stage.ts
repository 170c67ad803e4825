import type { Handler, Stage } from '@gateway/pipeline';
import type { RequestContext } from './context';
import type { Route } from './route';

/** Answers a request of one route. */
export type RouteHandler = Handler<RequestContext>;

/** Wraps the rest of a route's pipeline. */
export type RouteStage = Stage<RequestContext>;

/**
 * Makes a stage for one route when its snapshot goes live, from the ports that the stage needs. Everything that the
 * policy decides is decided here; null: the route doesn't use the stage.
 */
export type StageFactory<Ports> = (route: Route, ports: Ports) => RouteStage | null;

/** A step before routing. Fills the context; throws a GatewayError to have the request refused. */
export type ArrivalStep = (context: RequestContext) => void;
