import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { EmptyServices } from './empty-services';

test('a service is empty since its last instance went', () => {
  const clock = fakeClock();
  let tell: (change: { services: Set<string> }) => void = () => undefined;
  const instances: unknown[] = ['a'];
  const empty = new EmptyServices({ instances: () => instances, onChange: (listener) => (tell = listener) }, clock);
  const changed = () => tell({ services: new Set(['shop']) });
  changed();
  expect(empty.since('shop')).toBeNull();
  instances.pop();
  changed();
  const went = clock.now();
  clock.advance(5000);
  changed();
  expect(empty.since('shop')).toBe(went);
  instances.push('b');
  changed();
  expect(empty.since('shop')).toBeNull();
});
