import type { FoundByDns, FoundService } from '../../upstreams/sources/found-service';
import type { SnapshotProblem } from '../problem';
import { fixedEndpoints } from './endpoints';
import { fileError } from './parse';
import type { FileService } from './schema';

/** Whether a service has instances that are found while the edge runs, not only fixed URLs. */
export const isFound = ({ dns, kubernetes, registry }: FileService): boolean =>
  dns !== undefined || kubernetes !== undefined || registry;

/** What is to be found. */
export function foundService(service: FileService): FoundService {
  const { urls = [], dns, kubernetes = null, registry, merge, protocol, identity } = service;
  return {
    ...{ protocol, merge, registry, kubernetes },
    expect: identity ?? '',
    dns: dns === undefined ? null : foundByDns(dns),
    fixed: fixedEndpoints(urls, protocol, identity),
  };
}

function foundByDns({ name, srv, port, refresh: refreshMs }: NonNullable<FileService['dns']>): FoundByDns {
  // The schema has seen to it that there is either, and the port with a name.
  return { question: srv === undefined ? { name: name!, port: port! } : { srv }, refreshMs };
}

/**
 * What makes no sense about it. Found instances have an address and no name that a public certificate could be for:
 * TLS is shown to those of an identity.
 */
export function foundProblems({ dns, kubernetes, protocol, identity }: FileService, place: string): SnapshotProblem[] {
  if (dns === undefined && kubernetes === undefined) return [];
  if (identity !== undefined && protocol === 'h2c')
    return [fileError(`${place}.protocol`, 'h2c is HTTP/2 without TLS, which an identity needs: use h2')];
  if (identity === undefined && (protocol === 'h2' || protocol === 'grpc'))
    return [
      fileError(`${place}.identity`, `is required: ${protocol} to found instances is mutual TLS with an identity`),
    ];
  return [];
}
