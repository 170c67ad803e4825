import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';
import type { Endpoint } from '../upstreams/endpoint';
import type { Finding } from './facts';
import type { Life } from './tree';

const { HealthState, InstanceState, Protocol } = registryV1;

/** An instance as the registry, or the configuration, knows it. */
export interface KnownInstance {
  readonly id: string;
  readonly address: string;
  /** See `Asked`. */
  readonly grpcAddress: string | null;
  readonly expect: string;
  readonly life: Life;
  readonly zone: string;
  readonly version: string;
  readonly findings: readonly Finding[];
}

/** An instance as the registry tells it. */
export function registeredInstance(instance: registryV1.Instance): KnownInstance {
  const { id, address, owner, state, zone, version } = instance;
  return {
    id,
    address,
    grpcAddress: grpcAddressOf(instance),
    expect: owner,
    life: lifeOf(state),
    zone,
    version,
    findings: [...failingOf(instance.health), ...ejectionOf(instance.ejection)],
  };
}

/** An endpoint that stands in the configuration: nobody knows more about it. */
export const fixedInstance = ({ id, address, protocol, expect }: Endpoint): KnownInstance => ({
  id,
  address,
  grpcAddress: protocol === 'grpc' && expect !== '' ? address : null,
  expect,
  life: 'ready',
  zone: '',
  version: '',
  findings: [],
});

/** What speaks HTTP may say in its metadata where it also speaks gRPC, as ws-nodes do. */
function grpcAddressOf({ protocol, address, metadata }: registryV1.Instance): string | null {
  const isGrpc = protocol === Protocol.GRPC || protocol === Protocol.UNSPECIFIED;
  return isGrpc ? address : (metadata['grpc'] ?? null);
}

function lifeOf(state: registryV1.InstanceState): Life {
  if (state === InstanceState.DRAINING) return 'draining';
  return state === InstanceState.READY ? 'ready' : 'starting';
}

function failingOf(health: registryV1.Health | undefined): Finding[] {
  if (health?.state !== HealthState.FAILING) return [];
  return [{ state: 'down', why: `fails its health check: ${health.why}`, since: msOf(health.since) }];
}

function ejectionOf(ejection: registryV1.Ejection | undefined): Finding[] {
  if (ejection === undefined) return [];
  const { why, agreed, reporters, shadow } = ejection;
  const said = `${agreed} of ${reporters} gateways agree: ${why}`;
  // In shadow mode it is still called: nobody is without it.
  return [
    shadow
      ? { state: 'degraded', why: `would be taken out, ${said}`, since: null }
      : { state: 'down', why: `taken out everywhere, ${said}`, since: null },
  ];
}

const msOf = (time: Timestamp | undefined): number | null => (time === undefined ? null : timestampMs(time));
