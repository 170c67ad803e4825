import type { RoutePolicy } from '@gateway/contracts';
import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import type { JsonSchema, ParameterSchema } from '@gateway/json-schema';
import { responseMode } from './route-rules';

/** What requests and responses of a service without a contract must be. Null: anything. */
export interface HttpSchemas {
  readonly body: JsonSchema | null;
  readonly query: ParameterSchema | null;
  readonly headers: ParameterSchema | null;
  readonly response: JsonSchema | null;
}

/** Whether responses are read to check them. */
export const hasResponseSchema = ({ schemas }: { readonly schemas?: HttpSchemas }, policy: RoutePolicy): boolean =>
  schemas !== undefined && schemas.response !== null && responseMode(policy) !== Mode.OFF;
