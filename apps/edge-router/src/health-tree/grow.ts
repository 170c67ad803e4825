import type { ServiceFacts } from './facts';
import type { History } from './history';
import type { DependencyNode, InstanceNode, PlatformNode, ServiceNode, Verdict } from './tree';
import { judgePlatform, judgeService, type Judged, type JudgedInstance, type JudgedService } from './verdicts';

/**
 * Makes the tree of what is known: judged from the leaves up, with the time since when each verdict holds.
 * @param now milliseconds since the epoch
 */
export function growTree(facts: readonly ServiceFacts[], history: History, now: number): PlatformNode {
  const dated = (key: string, { state, why, since }: Judged): Verdict => ({
    state,
    why,
    since: iso(history.since(key, state, since, now)),
  });
  const instanceNode = (service: string, judged: JudgedInstance): InstanceNode => {
    const { id, address, life, zone, version, dependencies } = judged.facts;
    const verdict = dated(`${service}\n${id}`, judged);
    return { id, address, life, zone, version, ...verdict, dependencies: dependencies.map(dependencyNode) };
  };
  const serviceNode = (judged: JudgedService): ServiceNode => {
    const { name, needed } = judged.facts;
    const instances = judged.instances.map((each) => instanceNode(name, each));
    return { name, needed, ...dated(name, judged), instances };
  };

  const judged = facts.map(judgeService);
  const tree = { at: iso(now), ...dated('', judgePlatform(judged)), services: judged.map(serviceNode) };
  history.commit();
  return tree;
}

const dependencyNode = ({ name, required, state, why, since }: ServiceFacts['instances'][0]['dependencies'][0]) =>
  ({ name, required, state, why, since: iso(since) }) satisfies DependencyNode;

const iso = (ms: number): string => new Date(ms).toISOString();
