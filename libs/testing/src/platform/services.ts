/** A service with one gRPC port, as the generator makes them. */
export interface ServiceSpec {
  /** The app, and its process. */
  readonly name: string;
  /** Its identity, and what it is registered as. */
  readonly identity: string;
  /** What the names of its variables begin with. */
  readonly prefix: string;
  readonly grpcPort: number;
  readonly adminPort: number;
}

/** Services beside the demonstration's: `npx nx g @gateway/tools:service <name>` adds a row. */
export const SERVICES: readonly ServiceSpec[] = [];
