/** Something in a source that isn't served as it was written. */
export interface SnapshotProblem {
  /** `error`: refused. `warning`: served, but not as one might think. */
  readonly severity: 'error' | 'warning';
  /** The source: `file`, `protos`, `contract <service>`. */
  readonly source: string;
  /** The route, or where in the file; '' when the whole source is meant. */
  readonly place: string;
  readonly detail: string;
  /** The contract's author made it, whatever the edge that reads it: no version to replace a good one with. */
  readonly authored?: boolean;
  /** EDGE_PROTOS is taken with it: the route is served, without what this edge refuses. */
  readonly served?: boolean;
}

/** One line for people. */
export const problemLine = ({ place, detail }: SnapshotProblem): string =>
  place === '' ? detail : `${place}: ${detail}`;
