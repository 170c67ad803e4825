export { type MethodMockOptions, MethodMock, type MockAnswer, type ReadMethodMock } from './method-mock';
