import type { JsonObject } from '@bufbuild/protobuf';
import type { ErrorCode } from '@gateway/errors';
import type { Condition } from './condition';
import type { Distribution } from './distribution';

/** What goes wrong instead of, or with, an answer. */
export type Fault =
  /** A gRPC status of the service. */
  | { readonly kind: 'grpc'; readonly status: number; readonly message: string }
  /** The problem of an HTTP status. */
  | { readonly kind: 'http'; readonly code: ErrorCode; readonly message: string }
  /** The connection breaks before a byte of the body. */
  | { readonly kind: 'reset' }
  /** The body breaks off behind so many bytes. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The body comes in pieces of so many bytes, each so many milliseconds after the other. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number };

/** What calls a rule is for. Absent: any. */
export interface RuleConditions {
  readonly states?: readonly string[];
  /** The gRPC path without its first slash, or `<service>/*`. */
  readonly method?: string;
  readonly request: readonly { readonly path: readonly string[]; readonly condition: Condition }[];
  /** Names are lower case. */
  readonly headers: readonly { readonly name: string; readonly condition: Condition }[];
  /** Of the session's calls that the rule is for otherwise, counted from 1. */
  readonly calls?: { readonly from: number; readonly to: number; readonly every: number };
}

/** What happens to the calls that a rule is for. */
export interface ScenarioRule extends RuleConditions {
  /** In proto JSON: of a unary method the first one, of a stream all. Empty: what the contract gives. */
  readonly answers: readonly JsonObject[];
  /** The answers are taken as they stand; else templates in them are filled, and they are merged over made-up ones. */
  readonly exact: boolean;
  readonly latency: Distribution | null;
  readonly fault: Fault | null;
  /** The state that the session is in afterwards; null: the same. */
  readonly then: string | null;
}

/** A story that a service plays: states, and what it does to calls in each. */
export interface Scenario {
  readonly name: string;
  /** Makes other latencies and answers. */
  readonly seed: string;
  readonly initial: string;
  /** Every state that it can be in. */
  readonly states: readonly string[];
  /** The first one that fits a call counts. */
  readonly rules: readonly ScenarioRule[];
}
