/** Nest's token of the `NodeState`. */
export const NODE_STATE = Symbol('ws-node.state');

/** One socket, as the admin plane shows it. */
export interface ConnectionView {
  readonly id: string;
  readonly subject: string;
  readonly clientAddress: string;
  readonly connectedAt: string;
  readonly rooms: readonly string[];
}

/** What the admin plane shows of this node. */
export interface NodeState {
  rooms(): readonly { readonly room: string; readonly members: number }[];
  connections(): readonly ConnectionView[];
}
