import type { Clock } from '@gateway/clock';
import { asGatewayError, type GatewayError, toProblem } from '@gateway/errors';
import type { EdgeRequest } from '@gateway/pipeline';
import { RequestContext } from '../pipeline/context';
import { describePipeline } from '../pipeline/descriptions';
import { shownCapture } from '../pipeline/masked';
import { ARRIVAL, type ArrivalPorts, type PipelinePorts } from '../pipeline/pipeline';
import type { Route } from '../pipeline/route';
import { shownHeaders, shownTarget } from '../pipeline/settings';
import type { LiveSnapshot } from '../snapshot/holder';
import { noRoute } from '../snapshot/platform-routes';
import type { EndpointChoice } from '../upstreams/endpoint-choice';
import { explainCors } from './explain-cors';
import type { Explanation } from './explanation';
import { nearestRoutes } from './nearest';
import type { Question } from './question';

/** What explaining draws on: the pipeline's own ports, so that it tells of the real thing. */
export interface ExplainerPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly trustedProxies: ArrivalPorts['trustedProxies'];
  readonly snapshot: () => LiveSnapshot;
  readonly pipeline: PipelinePorts;
  readonly endpoints: (route: Route, context: RequestContext) => EndpointChoice[];
}

/** Tells what would become of a request, without sending it: nothing is verified, counted, decoded or called. */
export class Explainer {
  constructor(private readonly ports: ExplainerPorts) {}

  explain(question: Question): Explanation {
    const { clock, pipeline, endpoints } = this.ports;
    const snapshot = this.ports.snapshot();
    const context = new RequestContext(requestOf(question), clock.monotonic());
    const refusal = this.arrive(context, snapshot);
    const route = refusal === null ? context.live!.route : noRoute;
    return {
      request: {
        method: question.method,
        target: context.path === '' ? question.target.split('?')[0]! : shownTarget(route, context),
        negotiatedVersion: context.negotiated?.version ?? null,
        host: context.authority,
        secure: context.secure,
        clientAddress: context.clientAddress,
        headers: shownHeaders(context.headers),
      },
      refusal: refusal === null ? null : refusalOf(refusal, snapshot.routes, context),
      route: routeOf(route, context),
      cors: explainCors(context, context.live?.route, (method) => this.routeFor(method, question, snapshot)),
      stages: describePipeline(route, context, pipeline),
      endpoints: endpoints(route, context),
      snapshot: { revision: snapshot.revision, since: new Date(snapshot.since).toISOString() },
    };
  }

  /** The route that the same request had with another method. */
  private routeFor(method: string, question: Question, snapshot: LiveSnapshot): Route | undefined {
    const context = new RequestContext(requestOf({ ...question, method }), this.ports.clock.monotonic());
    return this.arrive(context, snapshot) === null ? context.live!.route : undefined;
  }

  /** The steps before routing, as every request goes through them. */
  private arrive(context: RequestContext, { table, versions }: LiveSnapshot): GatewayError | null {
    const { trustedProxies } = this.ports;
    const steps = ARRIVAL.map((step) => step({ trustedProxies, routes: () => table, versions: () => versions }));
    try {
      for (const step of steps) step(context);
      return null;
    } catch (thrown) {
      return (context.refusal = asGatewayError(thrown));
    }
  }
}

const requestOf = ({ method, target, scheme, authority, headers, from }: Question): EdgeRequest => {
  const upgrade = headers.findIndex((text, index) => index % 2 === 0 && text === 'upgrade');
  return {
    ...{ method, target, scheme, authority, headers },
    version: '1.1',
    body: null,
    remoteAddress: from,
    upgrade: upgrade < 0 ? '' : headers[upgrade + 1]!.toLowerCase(),
    onCancel: () => undefined,
  };
};

function refusalOf(
  error: GatewayError,
  routes: readonly Route[],
  { path, request: { method } }: RequestContext,
): Explanation['refusal'] {
  const { status, code, detail, title } = toProblem(error, { instance: path, requestId: '' });
  const nearest = code === 'GW_NO_ROUTE' || code === 'GW_METHOD_NOT_ALLOWED' ? nearestRoutes(routes, path, method) : [];
  return { status, code, detail: detail ?? title, headers: shownHeaders([...(error.context.headers ?? [])]), nearest };
}

function routeOf(route: Route, context: RequestContext): Explanation['route'] {
  const { id, template, methods, hosts, declaredBy, contract } = route;
  const names = context.refusal === null ? template.variables.map(({ path }) => path.join('.')) : [];
  return {
    ...{ id, template: template.source, methods, hosts, declaredBy },
    ...(contract === undefined ? {} : { contract }),
    captures: Object.fromEntries(names.map((name) => [name, shownCapture(route, context, name)!])),
  };
}
