export { type MethodMockOptions, MethodMock, type MockAnswer, type ReadMethodMock } from './method-mock';
export { problemOfStatus } from './problem-of-status';
export type { Fault, Scenario } from './scenario/scenario';
export { parseScenario, ScenarioError } from './scenario/parse';
export { recordedAnswer, recordedRequest } from './scenario/recorded-messages';
export { type RecordedCall, type RecordedFailure, recordedScenario } from './scenario/recorded';
export { type Decision, type ScenarioCall, ScenarioPlayer, type SessionState } from './scenario/scenario-player';
