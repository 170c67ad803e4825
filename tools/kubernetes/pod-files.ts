import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '@gateway/testing';
import { containersOf, type KubernetesObject, type Volume, type Workload } from './manifest';

/** Makes the files that a pod would find, below a folder that stands for its root. */
export class PodFiles {
  /** @param authority issues the identities that secrets hold */
  constructor(
    private readonly authority: Authority,
    private readonly objects: readonly KubernetesObject[],
  ) {}

  /** Puts everything in its place that a workload's containers mount. */
  async make(workload: Workload, root: string): Promise<void> {
    const volumes = workload.spec.template.spec.volumes ?? [];
    for (const { name, mountPath } of containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts)) {
      const folder = join(root, mountPath);
      mkdirSync(folder, { recursive: true });
      const volume = volumes.find((each) => each.name === name);
      if (volume !== undefined) await this.fill(folder, volume);
    }
  }

  private async fill(folder: string, { configMap, secret }: Volume): Promise<void> {
    if (secret !== undefined) await this.putSecret(folder, secret.secretName);
    const map = this.objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap?.name);
    for (const [file, text] of Object.entries(map?.data ?? {})) writeFileSync(join(folder, file), text);
  }

  private async putSecret(folder: string, name: string): Promise<void> {
    const identity = /^identity-(.+)$/.exec(name)?.[1];
    if (identity !== undefined) cpSync(await this.authority.issue(identity), folder, { recursive: true });
    if (name !== 'edge-tls') return;
    const issued = await this.authority.issue('edge-router');
    cpSync(join(issued, 'cert.pem'), join(folder, 'tls.crt'));
    cpSync(join(issued, 'key.pem'), join(folder, 'tls.key'));
  }
}
