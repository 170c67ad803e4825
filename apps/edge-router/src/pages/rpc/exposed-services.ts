import type { GrpcTarget, Route } from '../../pipeline/route';

/** The snapshot in force; another object when it is another one. */
export interface ExposingSnapshot {
  readonly routes: readonly Route[];
}

/** A route by which RPC clients call a method. */
export type RpcRoute = Route & { readonly target: GrpcTarget };

const isRpcRoute = (route: Route): route is RpcRoute => route.target.kind === 'grpc' && route.target.front === 'rpc';

/** The services that RPC clients find at the edge, by their full names. What no route leads to isn't among them. */
export class ExposedServices {
  private of: ExposingSnapshot | null = null;
  private known: ReadonlyMap<string, readonly RpcRoute[]> = new Map();

  constructor(private readonly snapshot: () => ExposingSnapshot) {}

  /** The routes to each service's methods: the same map until another snapshot is in force. */
  all(): ReadonlyMap<string, readonly RpcRoute[]> {
    const snapshot = this.snapshot();
    if (snapshot !== this.of) {
      this.of = snapshot;
      this.known = Map.groupBy(snapshot.routes.filter(isRpcRoute), ({ target }) => target.method.parent.typeName);
    }
    return this.known;
  }
}
