import type { MockPorts } from '../pipeline/stages/mock';
import type { RecordPorts } from '../pipeline/stages/record';
import type { MockSwitches } from './mock-switches';
import type { Recorder } from './recorder';
import type { ScenarioBook } from './scenario-book';

/** All that mocks: what the pipeline asks, and what the operator switches. */
export interface Mocks extends MockPorts, RecordPorts {
  /** False in production. */
  readonly allowed: boolean;
  readonly switches: MockSwitches;
  readonly scenarios: ScenarioBook;
  readonly recorder: Recorder;
}
