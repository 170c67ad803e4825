import { expect, test } from '@jest/globals';
import { grpcRoute, httpRoute, METHOD_PATH } from '../pipeline.fixture';
import type { Route } from '../pipeline/route';
import { Availability } from './availability';

const ofContract: Route = { ...grpcRoute(), origin: 'contract' };
const ofProtos: Route = { ...grpcRoute(), origin: 'protos' };

test('of a contract the registry says what was never served, and an instance that serves it says more', () => {
  let unservedMethods = [METHOD_PATH];
  let serving = false;
  const directory = { contracts: () => [{ service: 'auth', unservedMethods }] };
  const availability = new Availability(directory, () => serving);
  expect(availability.neverServed(ofContract)).toBe(true);
  serving = true;
  expect(availability.neverServed(ofContract)).toBe(false);
  unservedMethods = [];
  availability.refresh();
  serving = false;
  // It was there, and died.
  expect(availability.neverServed(ofContract)).toBe(false);
  expect(new Availability(null, () => false).neverServed(ofContract)).toBe(false);
});

test('of EDGE_PROTOS whatever was seen once was there', () => {
  let serving = false;
  const availability = new Availability(null, () => serving);
  expect(availability.neverServed(ofProtos)).toBe(true);
  serving = true;
  expect(availability.neverServed(ofProtos)).toBe(false);
  serving = false;
  expect(availability.neverServed(ofProtos)).toBe(false);
});

test('what the gateway answers itself has no service to miss', () => {
  const page = httpRoute({ target: { kind: 'none' } });
  expect(new Availability(null, () => false).neverServed(page)).toBe(false);
});
