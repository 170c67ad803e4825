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
  const script = { up: false, calls: [] as string[] };
  const call = (name: keyof typeof answers) => async () => {
    script.calls.push(name);
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

const instance = () => ({ id: 'one', service: 'shop', address: 'localhost:1', protocol: registryV1.Protocol.GRPC });

test('a required instance is unready until it is registered, and only degraded when the registry goes away later', async () => {
  const clock = fakeClock();
  const health = new HealthRegistry(clock);
  const lifecycle = new Lifecycle();
  const { script, client } = scriptedRegistry();
  const registered = registerWhenReady({ clock, lifecycle, health }, 'shop', { client, instance, required: true });
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
  const place = { clock, lifecycle: new Lifecycle(), health: new HealthRegistry(clock) };
  await expect(
    registerWhenReady(place, 'shop', { client, instance, required: false }).drain(),
  ).resolves.toBeUndefined();
});
