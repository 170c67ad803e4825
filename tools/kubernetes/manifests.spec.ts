import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createAuthority, workspaceDir } from '@gateway/testing';
import { problemsOf } from './check';
import { variablesOf } from './container-variables';
import { documentedSecrets } from './documented-secrets';
import { type Container, type EnvVariable, type KubernetesObject, type Workload, workloadsOf } from './manifest';
import { PodFiles } from './pod-files';
import { hasKubectl, renderKustomization } from './render';

// Builds every app, and runs it once for each manifest.
jest.setTimeout(120_000);

// Without kubectl nothing can be rendered: then these show up as skipped, by name, in the summary.
const whereThereIsKubectl = hasKubectl() ? test : test.skip;

const secrets = documentedSecrets();

/** What `kubectl apply -k` may be given. */
const KUSTOMIZATIONS = ['k8s/base', 'k8s/demo'];

whereThereIsKubectl.each(KUSTOMIZATIONS)(
  '%s is what Kubernetes takes, leads nowhere that is not there, and locks its pods',
  async (folder) => {
    expect(await problemsOf(renderKustomization(folder), { secrets })).toEqual([]);
  },
);

whereThereIsKubectl('every app accepts its configuration, and opens the ports that its container names', async () => {
  const authority = await createAuthority(mkdtempSync(join(tmpdir(), 'kubernetes-')));
  const asked = new Set<string>();
  for (const objects of KUSTOMIZATIONS.map(renderKustomization)) {
    const files = new PodFiles(authority, objects);
    for (const [workload, container] of appContainers(objects)) {
      // The same container with the same settings (ConfigMaps are named after their content) is asked once.
      if (asked.size === asked.add(JSON.stringify(container)).size) continue;
      const root = mkdtempSync(join(tmpdir(), 'kubernetes-root-'));
      await files.make(workload, root);
      const env = environmentOf(container, objects, root);
      expect(await run(container, env, '--check-config')).toBe(`${appOf(container)}: the configuration is right\n`);
      expect(portsOf(container)).toEqual(openedPorts(await run(container, env, '--print-config')));
      rmSync(root, { recursive: true });
    }
  }
  expect(asked.size).toBeGreaterThanOrEqual(5);
});

whereThereIsKubectl(
  'the component for EndpointSlices gives the edge, and nobody else, a token that may list them',
  () => {
    const objects = withComponent('k8s/components/endpoint-slices');
    const withToken = workloadsOf(objects).filter(({ spec }) => spec.template.spec.automountServiceAccountToken);
    expect(withToken.map(({ metadata }) => metadata.name)).toEqual(['edge-router']);
    return expect(problemsOf(objects, { secrets })).resolves.toEqual([]);
  },
);

whereThereIsKubectl('a variable that an app does not know is found', async () => {
  const all = appContainers(renderKustomization('k8s/base'));
  const [, edge] = all.find(([{ metadata }]) => metadata.name === 'edge-router')!;
  const env = { EDGE_HTTPS_PORT: '', EDGE_HTTP_POTR: '8080' };
  await expect(run(edge, env, '--check-config')).rejects.toMatchObject({
    code: 64,
    stderr: expect.stringContaining('EDGE_HTTP_POTR'),
  });
});

/** The containers of our own apps. */
const appContainers = (objects: readonly KubernetesObject[]): (readonly [Workload, Container])[] =>
  workloadsOf(objects).flatMap((workload) =>
    workload.spec.template.spec.containers
      .filter(({ image = '' }) => image.startsWith('gateway/'))
      .map((container) => [workload, container] as const),
  );

/** The base with a component, as an overlay would name it. */
function withComponent(component: string): readonly KubernetesObject[] {
  mkdirSync(join(workspaceDir(), 'dist'), { recursive: true });
  const overlay = mkdtempSync(join(workspaceDir(), 'dist', 'overlay-'));
  try {
    const kustomization = { namespace: 'gateway', resources: ['../../k8s/base'], components: [`../../${component}`] };
    writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
    return renderKustomization(overlay);
  } finally {
    rmSync(overlay, { recursive: true });
  }
}

/** `ws-node` of `gateway/ws-node:0.1.0`: images are named after their apps. */
const appOf = ({ image = '' }: Container): string => /^gateway\/([^:@]+)/.exec(image)![1]!;

/** The variables that a container would see, with the paths of its files below `root`. */
function environmentOf(container: Container, objects: readonly KubernetesObject[], root: string) {
  const variables = variablesOf(container, objects, fromCluster);
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.startsWith('/') ? join(root, value) : value]),
  );
}

function fromCluster({ valueFrom }: EnvVariable): string {
  if (valueFrom?.secretKeyRef?.key === 'url') return 'rediss://gateway:secret@redis:6379';
  if (valueFrom?.fieldRef?.fieldPath === 'status.podIP') return '10.1.2.3';
  if (valueFrom?.fieldRef?.fieldPath === 'metadata.name') return 'pod-1';
  // Labels that the pod doesn't have.
  return '';
}

const portsOf = ({ ports = [] }: Container): number[] =>
  ports.map(({ containerPort }) => containerPort).sort(numerically);

const openedPorts = (printed: string): number[] =>
  [...printed.matchAll(/^\w+_PORT=(\d+)$/gm)].map(([, port]) => Number(port)).sort(numerically);

const numerically = (a: number, b: number): number => a - b;

let programs: string;

/** Builds the apps as they are built, inside the workspace, where their packages are found. */
beforeAll(() => {
  mkdirSync(join(workspaceDir(), 'dist'), { recursive: true });
  programs = mkdtempSync(join(workspaceDir(), 'dist', 'kubernetes-'));
});
afterAll(() => rmSync(programs, { recursive: true, force: true }));

const built = new Set<string>();

function programOf(app: string): string {
  const program = join(programs, app, 'main.js');
  if (!built.has(app)) execFileSync(process.execPath, ['tools/kubernetes/bundle-app.mjs', app, program]);
  built.add(app);
  return program;
}

/** What an app prints. Rejects with its exit code and what it said when it fails. */
async function run(container: Container, env: Readonly<Record<string, string>>, question: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [programOf(appOf(container)), question], { env });
  return stdout;
}
