import {
  adminFields,
  defineConfig,
  duration,
  folder,
  host,
  platformFields,
  port,
  registryFields,
  text,
  type InferConfig,
} from '@gateway/config';

/** The whole configuration of mock-services. */
export const mockConfig = defineConfig({
  app: 'mock-services',
  prefix: 'MOCK_',
  fields: {
    ...platformFields,
    ...adminFields('MOCK_', 9906),
    ...registryFields,
    host: host('MOCK_HOST', { default: '127.0.0.1', doc: 'Where the services listen.' }),
    advertisedHost: host('MOCK_ADVERTISED_HOST', { default: 'localhost', doc: 'The host that the services register.' }),
    authPort: port('MOCK_AUTH_PORT', { default: 9000, doc: 'gRPC port of the Auth service.' }),
    projectPort: port('MOCK_PROJECT_PORT', { default: 10000, doc: 'gRPC port of the Project service.' }),
    simulationPort: port('MOCK_SIMULATION_PORT', { default: 10001, doc: 'gRPC port of the Simulation service.' }),
    echoPort: port('MOCK_ECHO_PORT', { default: 10100, doc: 'HTTPS port of the echo.' }),
    identitiesDir: folder('MOCK_IDENTITIES_DIR', {
      doc: 'Folder with one identity folder per service: auth-service, project-service, simulation-service, echo-service.',
    }),
    stateDir: folder('MOCK_STATE_DIR', {
      optional: true,
      create: true,
      doc: "Where the Auth service keeps its signing key. Not set: a key for this process's life, tokens end with it.",
    }),
    scenarios: folder('MOCK_SCENARIOS', {
      optional: true,
      doc: 'Folder of scenarios (*.yaml): failures and delays of the gRPC services, switched on by the admin plane.',
    }),
    tokenIssuer: text('MOCK_TOKEN_ISSUER', { default: 'https://auth.gateway.local', doc: '`iss` of the tokens.' }),
    tokenAudience: text('MOCK_TOKEN_AUDIENCE', { default: 'gateway', doc: '`aud` of the tokens.' }),
    tokenLife: duration('MOCK_TOKEN_LIFE', { default: 900_000, min: 1_000, doc: 'Life of an access token.' }),
    stepDuration: duration('MOCK_STEP_DURATION', { default: 100, min: 1, doc: 'How long a simulation step takes.' }),
  },
  check: ({ profile }) =>
    profile === 'production' ? ['GATEWAY_PROFILE: mock-services are a demonstration and refuse production'] : [],
});

export type MockConfig = InferConfig<typeof mockConfig>;
