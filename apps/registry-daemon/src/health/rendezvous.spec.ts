import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { responsibleFor } from './rendezvous';

const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
const keys = fc.array(fc.string(), { minLength: 1, maxLength: 50 });

test('without a node nobody is responsible', () => {
  expect(responsibleFor('a', [])).toBeNull();
});

test('everyone finds the same node, in whatever order they know them', () => {
  fc.assert(
    fc.property(keys, names, (all, nodes) => {
      for (const key of all) expect(responsibleFor(key, nodes.toReversed())).toBe(responsibleFor(key, nodes));
    }),
  );
});

test('when a node comes, keys move to it and nowhere else; when it goes, back', () => {
  fc.assert(
    fc.property(keys, names, fc.string({ minLength: 1 }), (all, nodes, comes) => {
      fc.pre(!nodes.includes(comes));
      for (const key of all) {
        const [before, after] = [responsibleFor(key, nodes), responsibleFor(key, [...nodes, comes])];
        if (after !== before) expect(after).toBe(comes);
      }
    }),
  );
});

test('equal weights are settled by name', () => {
  // Two names whose weights for this key are equal, found by trying.
  const nodes = ['node-739192', 'node-522789'];
  expect(responsibleFor('key', nodes)).toBe('node-522789');
  expect(responsibleFor('key', nodes.toReversed())).toBe('node-522789');
});

test('keys are spread evenly', () => {
  const nodes = ['registry-daemon-1', 'registry-daemon-2', 'registry-daemon-3'];
  const counts = new Map(nodes.map((node) => [node, 0]));
  for (let n = 0; n < 3_000; n++) {
    const node = responsibleFor(`project-service/project-service-${n}`, nodes)!;
    counts.set(node, counts.get(node)! + 1);
  }
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(100);
});
