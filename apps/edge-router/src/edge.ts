import type { Service } from '@gateway/platform';
import type { EdgeConfig } from './config';

/** The edge as the platform runs it. */
export type Edge = Service<EdgeConfig>;
