/** One difference between two contracts of a service. */
export interface ContractChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** The `.proto` file that has it, or had it. */
  readonly file: string;
  /**
   * The full name of what differs: a method, or a message's field (`shop.v1.Item.title`), an enum's value
   * (`shop.v1.Color.RED`), an extension (`shop.v1.note`). For a file's package it is empty.
   */
  readonly element: string;
  /** The rule that it breaks: what worked before wouldn't any more. Null: none. */
  readonly rule: BreakingRule | null;
  /** What differs, for people. */
  readonly detail: string;
}

/**
 * What makes a change breaking: buf's rules of the category WIRE_JSON by their names, two about extensions and
 * `RPC_NO_DELETE` of its category FILE, and three of the gateway's own, since its callers see methods and routes.
 */
export type BreakingRule =
  | 'ENUM_SAME_JSON_FORMAT'
  | 'ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED'
  | 'ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED'
  | 'ENUM_VALUE_SAME_NAME'
  | 'EXTENSION_MESSAGE_NO_DELETE'
  | 'EXTENSION_NO_DELETE'
  | 'FIELD_NO_DELETE_UNLESS_NAME_RESERVED'
  | 'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED'
  | 'FIELD_SAME_DEFAULT'
  | 'FIELD_SAME_JSON_NAME'
  | 'FIELD_SAME_NAME'
  | 'FIELD_SAME_ONEOF'
  | 'FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY'
  | 'FIELD_WIRE_JSON_COMPATIBLE_TYPE'
  | 'FILE_SAME_PACKAGE'
  | 'MESSAGE_SAME_JSON_FORMAT'
  | 'MESSAGE_SAME_REQUIRED_FIELDS'
  | 'RESERVED_ENUM_NO_DELETE'
  | 'RESERVED_MESSAGE_NO_DELETE'
  | 'RPC_NO_DELETE'
  | 'RPC_SAME_CLIENT_STREAMING'
  | 'RPC_SAME_IDEMPOTENCY_LEVEL'
  | 'RPC_SAME_REQUEST_TYPE'
  | 'RPC_SAME_RESPONSE_TYPE'
  | 'RPC_SAME_SERVER_STREAMING'
  | 'ROUTE_NO_DELETE'
  | 'ROUTE_SAME_BODY'
  | 'ROUTE_SAME_VARIABLES';

/** Takes what a comparison finds. */
export type ReportChange = (change: ContractChange) => void;
