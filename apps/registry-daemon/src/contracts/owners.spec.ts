import { describe, expect, test } from '@jest/globals';
import { coversPackage, coversPath, coversService, OPEN_OWNERS, Owners, ownersSchema } from './owners';

const id = (name: string): string => `spiffe://gateway.local/${name}`;

describe('REGISTRY_OWNERS', () => {
  test('may leave everything out but the identity', () => {
    const owners = new Owners(ownersSchema.parse({ [id('project-service')]: {} }));
    expect(owners.claimOf(id('project-service'))).toEqual({
      services: ['project-service'],
      packages: [],
      paths: [],
      anonymous: [],
      fallback: false,
    });
    expect(owners.ownerOfService('project-service')).toBe(id('project-service'));
  });

  test.each([
    { 'project-service': {} },
    { [id('a')]: { pahts: ['/'] } },
    { [id('a')]: { paths: ['api'] } },
    { [id('a')]: { paths: ['/api/{id}'] } },
    { [id('a')]: { packages: ['a b'] } },
    { [id('a')]: { services: ['A'] } },
    { '*': { anonymous: [1] } },
  ])('refuses %j', (config) => {
    expect(ownersSchema.safeParse(config).success).toBe(false);
  });
});

describe('owners', () => {
  const owners = new Owners({
    [id('project-service')]: { packages: ['project'], paths: ['/api/v1/projects'], anonymous: [] },
    '*': { services: ['*'], packages: ['*'], paths: ['/'], anonymous: [] },
  });

  test('strangers fall under *, the platform’s own apps and named ones don’t', () => {
    expect(owners.claimOf(id('newcomer'))).toMatchObject({ services: ['*'], fallback: true });
    expect(owners.claimOf(id('ws-node'))).toEqual({
      services: ['ws-node'],
      packages: ['gateway'],
      paths: [],
      anonymous: [],
      fallback: false,
    });
    expect(owners.claimOf(id('project-service')).fallback).toBe(false);
  });

  test('leave the registry its API, whatever its entry says', () => {
    const configured = new Owners({ [id('registry-daemon')]: { packages: ['other'], paths: [], anonymous: [] } });
    for (const each of [owners, configured]) {
      expect(each.claimOf(id('registry-daemon'))).toMatchObject({ services: ['registry-daemon'], anonymous: [] });
      expect(each.ownerOfPath('/api/registry/v1/services')).toBe(id('registry-daemon'));
    }
    expect(configured.claimOf(id('registry-daemon')).packages).toEqual(['gateway', 'other']);
  });

  test('without *, strangers have nothing', () => {
    const strict = new Owners({});
    expect(strict.claimOf(id('newcomer'))).toMatchObject({ services: [], packages: [], paths: [] });
    expect(new Owners({ '*': { packages: [], paths: [], anonymous: [] } }).claimOf(id('x')).services).toEqual([]);
  });

  test('the development default lets strangers in, behind everyone else', () => {
    expect(new Owners(OPEN_OWNERS).claimOf(id('newcomer'))).toMatchObject({
      paths: ['/'],
      anonymous: ['/'],
      fallback: true,
    });
  });

  test('know whose something is', () => {
    expect(owners.ownerOfPackage('project.v1')).toBe(id('project-service'));
    expect(owners.ownerOfPackage('projects.v1')).toBeNull();
    expect(owners.ownerOfPath('/api/v1/projects/{id}')).toBe(id('project-service'));
    expect(owners.ownerOfPath('/api/v1/others')).toBeNull();
    expect(owners.ownerOfService('nobody')).toBeNull();
    expect(owners.isOperator(id('operator'))).toBe(true);
    expect(owners.isOperator(id('operators'))).toBe(false);
  });
});

test.each([
  ['/api/v1/things', '/api/v1/things', true],
  ['/api/v1/things', '/api/v1/things/{id}', true],
  ['/api/v1/things/', '/api/v1/things/{id}', true],
  ['/api/v1/things', '/api/v1/things:batch', true],
  ['/api/v1/things', '/api/v1/things/{id=**}', true],
  ['/api/v1/things', '/api/v1/thingsandmore', false],
  ['/api/v1/things', '/api/v1/{x}', false],
  ['/api/v1/things', '/api/v1/{x}/things', false],
  ['/api/v1/things', '/api/v1/thing{x}', false],
  ['/', '/{x=**}', true],
])('%s covers %s: %s', (prefix, template, covered) => {
  expect(coversPath([prefix], template)).toBe(covered);
});

test('packages cover what is below them, names only themselves', () => {
  expect(coversPackage(['a.b'], 'a.b.c')).toBe(true);
  expect(coversPackage(['a.b'], 'a.bc')).toBe(false);
  expect(coversPackage(['*'], 'x')).toBe(true);
  expect(coversService(['*'], 'x')).toBe(true);
  expect(coversService(['x-y'], 'x')).toBe(false);
});
