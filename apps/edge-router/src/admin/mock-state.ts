import type { Mocks } from '../mocking/mocks';

/** What the admin pages show of mocks, and switch. */
export class MockState {
  constructor(readonly mocks: Mocks) {}
}
