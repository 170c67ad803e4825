import type { CorsVerdict } from './explain-cors';
import type { NearRoute } from './nearest';
import type { DescribedStage } from '../pipeline/descriptions';
import type { EndpointChoice } from '../upstreams/endpoint-choice';

/** What would become of a request, as far as that is decided before anything is verified, decoded or called. */
export interface Explanation {
  readonly request: {
    readonly method: string;
    /** Canonical: what routing, authorization, cache and upstream see. */
    readonly target: string;
    /** The API's version, where it wasn't the path that named it. */
    readonly negotiatedVersion: string | null;
    readonly host: string;
    readonly secure: boolean;
    readonly clientAddress: string;
    /** Those that are believed; values of credentials are masked. */
    readonly headers: Readonly<Record<string, string>>;
  };
  /** Why it doesn't reach a route; null: it does. */
  readonly refusal: {
    readonly status: number;
    readonly code: string;
    readonly detail: string;
    /** Fields that the answer has because of it, such as `allow`. */
    readonly headers: Readonly<Record<string, string>>;
    /** The routes that come closest. */
    readonly nearest: readonly NearRoute[];
  } | null;
  readonly route: {
    readonly id: string;
    readonly template: string;
    /** Empty: all. */
    readonly methods: readonly string[];
    /** Empty: all. */
    readonly hosts: readonly string[];
    readonly declaredBy: string;
    /** The digest of the contract that it is of. */
    readonly contract?: string;
    /** The template's variables. */
    readonly captures: Readonly<Record<string, string>>;
  };
  /** For scripts of the origin that the request names; null: it names none. */
  readonly cors: CorsVerdict | null;
  /** The pipeline, in order. */
  readonly stages: readonly DescribedStage[];
  /** The service's endpoints; none for what the gateway answers itself. */
  readonly endpoints: readonly EndpointChoice[];
  /** Of the routes in force. */
  readonly snapshot: { readonly revision: number; readonly since: string };
}
