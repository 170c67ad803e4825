import { parseDuration } from '@gateway/config';
import { variablesOf } from '../container-variables';
import { containersOf, type KubernetesObject, nameOf, workloadsOf } from '../manifest';

/** What Kubernetes waits for when nothing is said, in seconds. */
const DEFAULT_GRACE = 30;
/** What the apps wait for when nothing is said (`platformFields` in libs/config). */
const DEFAULT_SHUTDOWN = '25s';
/** Starting to end, and ending, takes a moment, too, in seconds. */
const MARGIN = 2;

/** A graceful shutdown fits into the time that Kubernetes gives it: what it hasn't finished by then is killed. */
export const shutdownProblems = (objects: readonly KubernetesObject[]): readonly string[] =>
  workloadsOf(objects).flatMap((workload) => {
    const grace = workload.spec.template.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE;
    return containersOf(workload)
      .filter(({ image = '' }) => image.startsWith('gateway/'))
      .flatMap((container) => {
        const { GATEWAY_SHUTDOWN_TIMEOUT = DEFAULT_SHUTDOWN } = variablesOf(container, objects);
        const sleep = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
        const needed = sleep + (parseDuration(GATEWAY_SHUTDOWN_TIMEOUT) ?? Infinity) / 1000 + MARGIN;
        return needed <= grace ? [] : [`${nameOf(workload)}: is given ${grace} s to end, and needs ${needed} s`];
      });
  });
