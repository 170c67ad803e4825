import type { HealthState } from '@gateway/platform';
import type { EdgeResponse } from '@gateway/pipeline';
import type { Page } from '../snapshot/platform-routes';
import type { PlatformHealth } from './platform-health';

/** A monitor in each of some places asks every few seconds; whoever asks more often learns nothing more. */
const MONITOR_LIMIT = { name: 'health', requests: 120, window: { seconds: 60n }, burstLimit: 20, by: ['ip'] };

/** The public `/health`: the verdict, and nothing of what the platform is made of. */
export const healthPage = (health: Pick<PlatformHealth, 'current'>): Page => ({
  name: 'health',
  path: '/health',
  policy: { rateLimits: [MONITOR_LIMIT] },
  answer: async () => verdictPage((await health.current()).state),
});

function verdictPage(state: HealthState): EdgeResponse {
  return {
    // Who is degraded serves: a monitor that takes it out of service would make it worse.
    status: state === 'down' ? 503 : 200,
    headers: ['content-type', 'application/json', 'cache-control', 'no-store'],
    body: Buffer.from(JSON.stringify({ status: state })),
  };
}
