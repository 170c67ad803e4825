import type { CaseGroup } from '../transcoding-case';
import { BODIES, JSON_VALUES, UPDATES } from './bodies';
import { METHODS, PATHS } from './paths';
import { QUERIES } from './queries';
import { RESPONSES } from './responses';

/** Every case, in the order of the page. */
export const CASES: readonly CaseGroup[] = [PATHS, METHODS, QUERIES, BODIES, UPDATES, JSON_VALUES, RESPONSES];
