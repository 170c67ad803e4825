import { grpcHealthV1 } from '@gateway/contracts';
import type { PageMethod } from '../../snapshot/platform-methods';
import type { OpenCalls } from './open-calls';
import type { ServiceHealth } from './service-health';

/** Balancers ask each second or two, several from one address; whoever asks more often should watch. */
const BALANCER_LIMIT = { name: 'grpc-health', requests: 600, window: { seconds: 60n }, burstLimit: 50, by: ['ip'] };

/** A request is a service's name. */
const POLICY = { rateLimits: [BALANCER_LIMIT], maxBodyBytes: 4_096n };

/** `grpc.health.v1.Health`. */
export function healthMethods(health: Pick<ServiceHealth, 'check' | 'watch'>, calls: OpenCalls): PageMethod[] {
  const { check, watch } = grpcHealthV1.Health.method;
  const openStream = calls.opener((call) => health.watch(call), { headAtOnce: false });
  return [
    { name: 'grpc-health-check', desc: check, policy: POLICY, own: { answer: (request) => health.check(request) } },
    { name: 'grpc-health-watch', desc: watch, policy: POLICY, own: { openStream } },
  ];
}
