import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { eventually, fakeClock, type FakeClock } from '@gateway/testing';
import type { Registration, RegistrationOptions, RegistrationStatus } from './registration';
import { RegistryClient } from './registry-client';
import { Refuse, ScriptedRegistry } from './scripted-registry.fixture';
import { registerService } from './service/register-service';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

let registry: ScriptedRegistry;
let client: RegistryClient;
let clock: FakeClock;
let told: RegistrationStatus['state'][];
let registration: Registration;

beforeEach(async () => {
  registry = await ScriptedRegistry.start();
  client = new RegistryClient({
    address: registry.address,
    credentials: registry.clientCredentials,
    clock: systemClock,
  });
  clock = fakeClock();
  told = [];
});

afterEach(() => {
  client.close();
  registry.close();
});

const instance = { id: 'a', service: 'demo', address: 'localhost:1', protocol: registryV1.Protocol.GRPC };

function begin(options: Partial<RegistrationOptions> = {}): void {
  registration = registerService({
    client,
    clock,
    instance,
    random: () => 0,
    onStatus: ({ state }) => told.push(state),
    ...options,
  });
}

const reaches = (state: RegistrationStatus['state']) => eventually(() => expect(registration.status.state).toBe(state));

/** Moves time until something has happened. */
const advanceUntil = (check: () => void, step = 500) =>
  eventually(() => {
    clock.advance(step);
    check();
  });

describe('a registration', () => {
  test('registers with contract and load, and renews at a third of the lease', async () => {
    begin({ descriptorSet: Uint8Array.of(1, 2), leaseMs: 30_000, load: () => ({ connections: 4, inFlight: 2 }) });
    await reaches('registered');
    expect(registry.registered[0]).toMatchObject({
      instance: { ...instance, state: registryV1.InstanceState.READY, load: { connections: 4, inFlight: 2 } },
      descriptorSet: Uint8Array.of(1, 2),
      lease: { seconds: 30n },
    });
    clock.advance(2_999); // the registry gave 9 s
    expect(registry.renewed).toEqual([]);
    clock.advance(1);
    await eventually(() => expect(registry.renewed).toMatchObject([{ leaseId: 'lease-1', load: { connections: 4 } }]));
    await advanceUntil(() => expect(registry.renewed).toHaveLength(3), 3_000);
    expect(told).toEqual(['registered']);
  });

  test('renews a little early, so that instances spread', async () => {
    begin({ random: () => 0.5 });
    await reaches('registered');
    clock.advance(2_700);
    await eventually(() => expect(registry.renewed).toHaveLength(1));
  });

  test('registers again at once when the registry has forgotten it', async () => {
    begin();
    await reaches('registered');
    registry.onRenew = () => new Refuse(status.NOT_FOUND);
    clock.advance(3_000);
    await eventually(() => expect(registry.registered).toHaveLength(2));
    await reaches('registered');
    registry.onRenew = () => ({});
    clock.advance(3_000);
    await eventually(() => expect(registry.renewed.at(-1)).toMatchObject({ leaseId: 'lease-2' }));
    expect(told).toEqual(['registered', 'registering', 'registered']);
  });

  test('ends when a newer generation replaced it', async () => {
    begin();
    await reaches('registered');
    registry.onRenew = () => new Refuse(status.FAILED_PRECONDITION);
    clock.advance(3_000);
    await reaches('replaced');
    expect(clock.pending).toBe(0);
    await registration.deregister();
    expect(registration.status.state).toBe('replaced');
    expect(registry.deregistered).toEqual([]);
  });

  test('outlives the registry’s absence, at its start and later', async () => {
    registry.shut();
    begin();
    await reaches('unreachable');
    await registry.open();
    await advanceUntil(() => expect(registration.status.state).toBe('registered'));
    registry.shut();
    clock.advance(3_000);
    await reaches('unreachable');
    await registry.open();
    await advanceUntil(() => expect(registration.status.state).toBe('registered'));
    expect(registry.registered).toHaveLength(1);
  });

  test('that is refused says why and tries again slowly', async () => {
    registry.onRegister = () => new Refuse(status.PERMISSION_DENIED, 'not yours');
    begin();
    await reaches('refused');
    expect(registration.status).toMatchObject({ why: 'PERMISSION_DENIED: not yours' });
    clock.advance(999);
    expect(registry.registered).toHaveLength(1);
    registry.onRegister = () => ({ leaseId: 'l' });
    clock.advance(1);
    await reaches('registered');
  });

  test('whose contract’s digest nobody knows is refused, not replaced', async () => {
    registry.onRegister = () => new Refuse(status.FAILED_PRECONDITION, 'no such contract');
    begin();
    await reaches('refused');
    expect(clock.pending).toBe(1);
  });
});

describe('the end', () => {
  test('is told at once: draining, then gone', async () => {
    begin();
    await reaches('registered');
    await registration.drain();
    expect(registry.renewed).toMatchObject([{ state: registryV1.InstanceState.DRAINING }]);
    await registration.deregister();
    expect(registry.deregistered).toEqual(['lease-1']);
    expect(registration.status.state).toBe('deregistered');
    expect(clock.pending).toBe(0);
  });

  test('that comes during the registration gives the lease up too', async () => {
    begin();
    const draining = registration.drain();
    await registration.deregister();
    await draining;
    expect(registry.deregistered).toEqual(['lease-1']);
    expect(clock.pending).toBe(0);
  });

  test('is not held up by a registry that is away', async () => {
    begin();
    await reaches('registered');
    registry.shut();
    await registration.deregister();
    expect(registration.status.state).toBe('deregistered');
  });

  test('before any lease needs no call', async () => {
    registry.shut();
    begin();
    await reaches('unreachable');
    await registration.deregister();
    expect(registration.status.state).toBe('deregistered');
  });
});
