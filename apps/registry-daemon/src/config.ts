import {
  adminFields,
  choice,
  defineConfig,
  folder,
  host,
  type InferConfig,
  json,
  platformFields,
  port,
  redisFields,
} from '@gateway/config';
import { type OwnersConfig, ownersSchema } from './contracts/owners';

/** The whole configuration of the registry-daemon. */
export const registryConfig = defineConfig({
  app: 'registry-daemon',
  prefix: 'REGISTRY_',
  fields: {
    ...platformFields,
    ...adminFields('REGISTRY_', 9902),
    ...redisFields,
    grpcHost: host('REGISTRY_GRPC_HOST', { default: 'localhost', doc: 'Where the gRPC API listens.' }),
    grpcPort: port('REGISTRY_GRPC_PORT', { default: 7400, doc: 'Port of the gRPC API.' }),
    advertisedHost: host('REGISTRY_ADVERTISED_HOST', {
      optional: true,
      doc: 'The host under which the registry lists this daemon. Not set: REGISTRY_GRPC_HOST.',
    }),
    dataDir: folder('REGISTRY_DATA_DIR', {
      optional: true,
      create: true,
      decideInProduction: true,
      doc: 'Folder of the journal of contracts and their history. Not set: contracts last as long as the process.',
    }),
    ejection: choice('REGISTRY_EJECTION', ['shadow', 'enforce', 'off'], {
      default: 'shadow',
      doc:
        'Whether an instance that enough gateways agree on is taken out everywhere: shadow says so and leaves it in, ' +
        'enforce takes it out, off does neither.',
    }),
    owners: json<OwnersConfig, { optional: true; doc: string }>('REGISTRY_OWNERS', ownersSchema, {
      optional: true,
      doc:
        'Who may publish what: {"<SPIFFE id or *>": {"services": [], "packages": [], "paths": [], "anonymous": []}}. ' +
        'Not set: in development everyone may claim what nobody else has, in production nobody anything.',
    }),
  },
});

/** Its values. */
export type RegistryConfig = InferConfig<typeof registryConfig>;
