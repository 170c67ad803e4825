import { describe, expect, test } from '@jest/globals';
import { ConfigError, type Environment, loadConfig } from '@gateway/config';
import { edgeConfig, fixedServices, offersReflection } from './config';

const load = (env: Environment) => loadConfig(edgeConfig(env), env);
const cert = { EDGE_TLS_CERT_FILE: import.meta.filename, EDGE_TLS_KEY_FILE: import.meta.filename };

/** What production wants to be decided. */
const DECIDED = {
  GATEWAY_REDIS_URL: 'none',
  GATEWAY_REGISTRY: 'none',
  GATEWAY_AUTH: 'none',
  GATEWAY_IDENTITY_DIR: 'none',
};

function problems(env: Environment): readonly string[] {
  try {
    load(env);
  } catch (error) {
    return (error as ConfigError).problems;
  }
  return [];
}

describe('the configuration', () => {
  test('needs nothing', () => {
    expect(load({})).toMatchObject({
      httpPort: 8080,
      httpsPort: 8443,
      httpMode: undefined,
      workers: 1,
      engine: 'node',
      bodyLimit: 4_194_304,
      adminPort: 9901,
    });
  });

  test.each<[string, Environment, string]>([
    ['a second worker', { EDGE_WORKERS: '2' }, 'EDGE_WORKERS: only 1 is supported so far'],
    [
      'half a certificate',
      { EDGE_TLS_CERT_FILE: import.meta.filename },
      'EDGE_TLS_KEY_FILE: a certificate and its key',
    ],
    ['a redirect to nowhere', { EDGE_HTTP_MODE: 'redirect' }, 'EDGE_HTTP_MODE: redirects to HTTPS, which is off'],
    ['no listener', { EDGE_HTTP_PORT: '' }, 'EDGE_HTTP_PORT: is off, and so is HTTPS'],
    ['a proxy that is none', { EDGE_TRUSTED_PROXIES: '10.0.0.0/8, x' }, 'EDGE_TRUSTED_PROXIES: "x" is neither'],
    [
      'a registry without an identity',
      { GATEWAY_REGISTRY: 'localhost:7400' },
      'GATEWAY_IDENTITY_DIR: is required with GATEWAY_REGISTRY',
    ],
    [
      'an auth-proxy without an identity',
      { GATEWAY_AUTH: 'localhost:7500' },
      'GATEWAY_IDENTITY_DIR: is required with GATEWAY_AUTH',
    ],
    [
      'an address that is none',
      { PROJECT_SERVICE_GRPC: 'nowhere' },
      'PROJECT_SERVICE_GRPC: "nowhere" is not an address',
    ],
    ['a name server without an address', { EDGE_DNS_SERVERS: '127.0.0.1,dns.local' }, 'EDGE_DNS_SERVERS: '],
    ['an unknown key', { EDGE_HTTPPORT: '1' }, 'EDGE_HTTPPORT: is not a setting of edge-router'],
    ['an engine that is not there', { EDGE_ENGINE: 'wire' }, 'EDGE_ENGINE: "wire" is not one of: node'],
  ])('refuses %s', (_what, env, problem) => {
    expect(problems(env)).toEqual([expect.stringContaining(problem)]);
  });

  test('takes the right ones', () => {
    expect(problems({ ...cert, EDGE_HTTP_MODE: 'redirect', EDGE_HTTP_PORT: '' })).toEqual([]);
    expect(problems({ GATEWAY_REGISTRY: 'localhost:1', GATEWAY_IDENTITY_DIR: import.meta.dirname })).toEqual([]);
  });

  test('weakens nothing by omission in production', () => {
    expect(problems({ GATEWAY_PROFILE: 'production' })).toHaveLength(4);
    expect(problems({ GATEWAY_PROFILE: 'production', ...DECIDED })).toEqual([
      expect.stringContaining('EDGE_TLS_CERT_FILE'),
    ]);
    expect(problems({ GATEWAY_PROFILE: 'production', ...DECIDED, EDGE_HTTPS_PORT: '' })).toEqual([]);
  });
});

test('services are shown to clients except in production, or as it is said', () => {
  const production = { GATEWAY_PROFILE: 'production', EDGE_HTTPS_PORT: '', ...DECIDED };
  expect([{}, { EDGE_GRPC_REFLECTION: 'false' }].map((env) => offersReflection(load(env)))).toEqual([true, false]);
  const said = { ...production, EDGE_GRPC_REFLECTION: 'true' };
  // What is said of the ports between services says nothing of the public ones.
  const inside = { ...production, GATEWAY_GRPC_REFLECTION: 'true' };
  expect([production, said, inside].map((env) => offersReflection(load(env)))).toEqual([false, true, false]);
});

test("fixed addresses are read by the service's name", () => {
  const env = { PROJECT_SERVICE_GRPC: 'localhost:10000', MY_SHOP_SERVICE_GRPC: '[::1]:1', EMPTY_SERVICE_GRPC: '' };
  expect(fixedServices(load(env))).toEqual(
    new Map([
      ['project-service', 'localhost:10000'],
      ['my-shop-service', '[::1]:1'],
    ]),
  );
});
