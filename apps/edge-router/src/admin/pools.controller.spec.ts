import { describe, expect, test } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import type { EdgeState } from './edge-state';
import { PoolsController } from './pools.controller';

const shop = { service: 'shop', targets: { 'a:1': 3 }, ledger: [] };

function createController() {
  const asked: unknown[] = [];
  const state = {
    clients: { pool: { stats: () => ['grpc connection'] }, http: { stats: () => ['http pool'] } },
    services: { tunnels: { total: 2 } },
    scaling: {
      policy: 'predictive',
      services: (tail: number) => (asked.push(tail), [shop]),
      service: (name: string) => (name === 'shop' ? shop : null),
    },
  };
  return { controller: new PoolsController(state as unknown as EdgeState), asked };
}

describe('/pools', () => {
  test('shows connections, tunnels, the policy and the last decisions of each service', () => {
    const { controller, asked } = createController();
    expect(controller.pools()).toEqual({
      grpc: ['grpc connection'],
      http: ['http pool'],
      tunnels: 2,
      policy: 'predictive',
      services: [shop],
    });
    expect(asked).toEqual([6]);
  });

  test('shows the whole ledger of one service; one that nobody has called is 404', () => {
    const { controller } = createController();
    expect(controller.service('shop')).toEqual(shop);
    expect(() => controller.service('nope')).toThrow(NotFoundException);
  });
});
