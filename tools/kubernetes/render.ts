import { execFileSync, spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './manifest';

/** Whether manifests can be rendered here. */
export const hasKubectl = (): boolean => spawnSync('kubectl', ['version', '--client']).status === 0;

/**
 * The objects of a kustomization, as they would be applied. Needs no cluster.
 * @throws Error with kubectl's words when it can't be rendered
 */
export const renderKustomization = (folder: string): readonly KubernetesObject[] =>
  parseManifests(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8', maxBuffer: 1 << 26 }));

/** The objects of a YAML text. @throws Error when it is no YAML */
export function parseManifests(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as KubernetesObject;
  });
}
