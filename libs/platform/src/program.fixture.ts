import { setTimeout as sleep } from 'node:timers/promises';
import { moduleOf, testConfig } from './service.fixture';
import { runService } from './run';

/** A program whose hooks do what its instance id says; run.spec.ts builds and runs it. */
await runService({
  name: 'test-service',
  config: testConfig,
  module: ({ lifecycle, logger, info, instanceId: mode }) => {
    info.standalone('alone: nothing is shared');
    lifecycle.onDrain(async () => {
      logger.info('deregistering');
      if (mode === 'hang') await sleep(60_000);
    }, 'deregister');
    lifecycle.onStop(() => {
      if (mode === 'fail-stop') throw new Error('could not close');
      logger.info('closed');
    }, 'store');
    lifecycle.onStart(async () => {
      if (mode === 'fail-start') throw new Error('no journal');
      if (mode === 'hang-start') await sleep(60_000);
    });
    lifecycle.onReady(() => {
      if (mode === 'throw')
        setImmediate(() => {
          throw new Error('boom');
        });
      if (mode === 'reject') void Promise.reject(new Error('boom'));
    });
    return moduleOf();
  },
});
