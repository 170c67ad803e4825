import { DEFAULT_LIMITS, type TranscodingLimits } from './limits';

/** How strict a transcoder is. */
export interface TranscodingOptions {
  readonly limits: TranscodingLimits;
  /** Whether query parameters that no field has are passed over; otherwise they are refused. */
  readonly ignoreUnknownQuery: boolean;
  /** Whether members of a body that no field has are passed over, unknown names of enums too; otherwise they are refused. */
  readonly ignoreUnknownFields: boolean;
}

/** Nothing is passed over: a mistyped name is told, not lost. */
export const DEFAULT_OPTIONS: TranscodingOptions = {
  limits: DEFAULT_LIMITS,
  ignoreUnknownQuery: false,
  ignoreUnknownFields: false,
};
