import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { RegistryCallError } from '@gateway/discovery';
import { GrpcStatus } from '@gateway/errors';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { create } from '@bufbuild/protobuf';
import { HealthRegistry } from './health';
import { Lifecycle } from './lifecycle';
import { registerWhenReady } from './registration';

const answers = {
  register: create(registryV1.RegisterResponseSchema, { leaseId: 'l1', lease: { seconds: 3n } }),
  renew: create(registryV1.RenewResponseSchema, { lease: { seconds: 3n } }),
  deregister: create(registryV1.DeregisterResponseSchema),
};

/** A registry that can be switched off. */
function scriptedRegistry() {
  const script = { up: false, calls: [] as string[], requests: [] as unknown[] };
  const call = (name: keyof typeof answers) => async (request: unknown) => {
    script.calls.push(name);
    script.requests.push(request);
    if (!script.up) throw new RegistryCallError(GrpcStatus.UNAVAILABLE, 'down');
    return answers[name] as never;
  };
  return { script, client: { register: call('register'), renew: call('renew'), deregister: call('deregister') } };
}

/** Lets time pass in small steps, so that each answer has its effect at its time. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const config = { zone: 'north', weight: 3 };
const instance = () => ({ id: 'one', service: 'shop', address: 'localhost:1', protocol: registryV1.Protocol.GRPC });

test('a required instance is unready until it is registered, and only degraded when the registry goes away later', async () => {
  const clock = fakeClock();
  const health = new HealthRegistry(clock);
  const lifecycle = new Lifecycle();
  const { script, client } = scriptedRegistry();
  const registered = registerWhenReady({ clock, lifecycle, health, config }, 'shop', {
    client,
    instance,
    required: true,
  });
  const check = () => health.checks()[0]!;

  await lifecycle.ready();
  await pass(clock, 1000);
  expect(check()).toMatchObject({ name: 'registration of shop', required: true, state: 'down' });
  script.up = true;
  await pass(clock, 5000);
  expect(check().state).toBe('ok');
  script.up = false;
  await pass(clock, 5000);
  expect(check().state).toBe('degraded');
  script.up = true;
  await pass(clock, 5000);
  await registered.drain();
  await lifecycle.stop();
  expect(script.calls.at(-1)).toBe('deregister');
});

test('draining before it was registered is nothing to do', async () => {
  const clock = fakeClock();
  const { client } = scriptedRegistry();
  const place = { clock, lifecycle: new Lifecycle(), health: new HealthRegistry(clock), config };
  await expect(
    registerWhenReady(place, 'shop', { client, instance, required: false }).drain(),
  ).resolves.toBeUndefined();
});

test('an instance says where it is, what share it takes and which version it is, unless its service knows better', async () => {
  const clock = fakeClock();
  const registered = async (own: object, given: { zone: string | undefined; weight: number }) => {
    const { script, client } = scriptedRegistry();
    script.up = true;
    const place = { clock, lifecycle: new Lifecycle(), health: new HealthRegistry(clock), config: given };
    const described = () => ({ ...instance(), ...own });
    registerWhenReady(place, 'shop', { client, instance: described, required: false });
    await place.lifecycle.ready();
    await place.lifecycle.stop();
    return (script.requests[0] as { instance: object }).instance;
  };
  const common = { version: '0.1.0', state: registryV1.InstanceState.READY };
  expect(await registered({}, config)).toMatchObject({ ...common, zone: 'north', weight: 3 });
  expect(await registered({ weight: 7 }, { zone: undefined, weight: 1 })).toMatchObject({ zone: '', weight: 7 });
});
