import { containersOf, type KubernetesObject, nameOf, workloadsOf } from '../manifest';

/** `registry/name:tag` or `…@sha256:…`; a colon before the last slash belongs to the registry's port. */
const TAG = /:([^:/@]+)$/;

/** Images are pinned: the same manifest must be the same program tomorrow. */
export const imageProblems = (objects: readonly KubernetesObject[]): readonly string[] =>
  workloadsOf(objects).flatMap((workload) =>
    containersOf(workload)
      .filter(({ image = '' }) => !isPinned(image))
      .map(({ name, image }) => `${nameOf(workload)}, container ${name}: the image ${image} isn't pinned`),
  );

function isPinned(image: string): boolean {
  if (image.includes('@sha256:')) return true;
  const tag = TAG.exec(image)?.[1];
  return tag !== undefined && tag !== 'latest';
}
