export { type FoundInstance, type FoundProtocol, type SourceKind } from './instance';
export { type InstanceSource, type SourceStatus } from './source';
export { merge, type Listed, type MergeRule } from './merge';
export { type DnsQuestion } from './dns/lookup';
export { dnsResolver, type DnsResolver } from './dns/resolver';
export { DnsSource, type DnsSourceOptions } from './dns/dns-source';
export { kubernetesApi, type KubernetesApi } from './kubernetes/api';
export { SliceSource, type SliceSourceOptions } from './kubernetes/slice-source';
