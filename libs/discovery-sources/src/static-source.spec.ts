import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { StaticSource } from './static-source';

test('a fixed list is live from the start and stays the same', () => {
  const clock = fakeClock();
  const instance = {
    ...({ id: 'a', service: 'reports', address: 'a:1', protocol: 'http1', weight: 1 } as const),
    ...{ zone: '', version: '', ready: true },
  };
  const source = new StaticSource([instance], clock);
  const end = source.onChange();
  expect(source.status).toEqual({ state: 'live', since: clock.now() });
  expect(source.instances()).toBe(source.instances());
  expect(source.instances()).toEqual([instance]);
  end();
  source.close();
  expect([source.kind, clock.pending]).toEqual(['static', 0]);
});
