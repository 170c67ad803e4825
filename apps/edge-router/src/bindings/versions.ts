import type { Edge } from '../edge';
import { ApiVersions } from '../versions/api-versions';

/** How the versions of the API are named, as the configuration says. */
export const bindVersions = ({ config, clock }: Edge): ApiVersions =>
  new ApiVersions({
    prefix: config.apiPrefix === '/' ? '' : config.apiPrefix,
    vendor: config.apiVendor,
    defaultVersion: config.apiDefaultVersion ?? null,
    clock,
  });
