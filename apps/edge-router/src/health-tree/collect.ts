import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Clock } from '@gateway/clock';
import { healthV1 } from '@gateway/contracts';
import type { HealthState } from '@gateway/platform';
import { askAll, type Answer, type Ask } from './ask';
import type { DependencyFacts, Finding, InstanceFacts, ServiceFacts } from './facts';
import type { KnownInstance } from './known-instances';

/** Where facts come from. */
export interface FactSources {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** This edge. */
  readonly self: () => ServiceFacts;
  /** The names of all services that are known, or that routes lead to. */
  readonly services: () => readonly string[];
  /** The services that routes lead to. */
  readonly needed: () => ReadonlySet<string>;
  readonly instances: (service: string) => readonly KnownInstance[];
  /** When a service's last instance went; null: not known, or it has one. */
  readonly emptySince: (service: string) => number | null;
  /** What this edge itself has against an instance: an open breaker, an ejection. */
  readonly against: (service: string) => (instance: KnownInstance) => readonly Finding[];
  readonly ask: Ask;
}

/** Asks everyone and puts together what is known now, this edge first. */
export async function collectFacts(sources: FactSources): Promise<ServiceFacts[]> {
  const { clock, self, services, needed, ask } = sources;
  const asked = services().flatMap((service) =>
    sources
      .instances(service)
      // Who starts or leaves isn't called, and may be gone while we ask.
      .filter(({ life }) => life === 'ready')
      .map((instance) => ({ ...instance, key: keyOf(service, instance.id) })),
  );
  const answers = await askAll(asked, ask, clock);
  const routed = needed();
  // Read again: who was replaced or left while we asked mustn't count as unreachable.
  const facts = services().map((name) => serviceFacts(name, routed.has(name), sources, answers));
  return [self(), ...facts];
}

const keyOf = (service: string, id: string): string => `${service}\n${id}`;

function serviceFacts(
  name: string,
  needed: boolean,
  { instances, emptySince, against }: FactSources,
  answers: ReadonlyMap<string, Answer>,
): ServiceFacts {
  const findingsOf = against(name);
  const known = instances(name).map((each) => {
    const answer = each.life === 'ready' ? answers.get(keyOf(name, each.id)) : undefined;
    return instanceFacts(each, answer, findingsOf(each));
  });
  return { name, needed, instances: known, emptySince: emptySince(name) };
}

function instanceFacts(
  { id, address, life, zone, version, findings }: KnownInstance,
  answer: Answer | undefined,
  against: readonly Finding[],
): InstanceFacts {
  const report = answer?.kind === 'report' ? answer.report : null;
  return {
    id,
    address,
    life: report?.phase === healthV1.Phase.DRAINING ? 'draining' : life,
    zone,
    version: version === '' ? (report?.version ?? '') : version,
    findings: [...findings, ...against, ...findingOf(answer)],
    dependencies: report?.checks.map(dependencyOf) ?? [],
  };
}

function findingOf(answer: Answer | undefined): Finding[] {
  if (answer?.kind === 'unreachable')
    return [{ state: 'down', why: `this edge can't reach it: ${answer.why}`, since: null }];
  if (answer?.kind === 'silent')
    return [{ state: 'degraded', why: `no answer within ${Math.round(answer.ms)} ms`, since: null }];
  return [];
}

const STATES: Readonly<Record<healthV1.CheckState, HealthState>> = {
  // From an app of a later version: what it means isn't known, so somebody should look.
  [healthV1.CheckState.UNSPECIFIED]: 'degraded',
  [healthV1.CheckState.OK]: 'ok',
  [healthV1.CheckState.DEGRADED]: 'degraded',
  [healthV1.CheckState.DOWN]: 'down',
};

const dependencyOf = ({ name, required, state, why, since }: healthV1.Check): DependencyFacts => ({
  name,
  required,
  state: STATES[state] ?? 'degraded',
  why,
  since: since === undefined ? 0 : timestampMs(since),
});
