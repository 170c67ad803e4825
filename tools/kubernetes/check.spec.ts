import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { workspaceDir } from '@gateway/testing';
import { problemsOf } from './check';
import { documentedSecrets } from './documented-secrets';
import { parseManifests } from './render';

const good = readFileSync(join(workspaceDir(), 'tools/kubernetes/testdata/good.yaml'), 'utf8');
const secrets = new Set(['password']);

const problems = (text: string) => problemsOf(parseManifests(text), { secrets });

/** The good manifest with one text replaced; every occurrence when it is a regular expression with `g`. */
function broken(what: string | RegExp, by: string): string {
  const text = good.replace(what, by);
  if (text === good) throw new Error(`the manifest has no ${String(what)}`);
  return text;
}

test('nothing is wrong with what is right', async () => {
  expect(await problems(good)).toEqual([]);
});

/** What is replaced by what, and the problem that has to be found. */
const BROKEN: Readonly<Record<string, readonly [string | RegExp, string, string]>> = {
  // the schema
  'a port that is no number': ['containerPort: 8080', 'containerPort: many', 'must be integer'],
  'a workload without a selector': [/ {2}selector:\n {4}matchLabels: .*\n/, '', 'must have required property selector'],
  'a kind that nobody expects': ['kind: Namespace', 'kind: Pod', "isn't a kind that these manifests use"],
  // fields
  'a misspelt field': ['serviceAccountName: shop', 'serviceAcountName: shop', 'serviceAcountName is no field'],
  'a misspelt field of a list': ['image: gateway', 'imag: gateway', 'containers[0].imag is no field'],
  'a field at the wrong level': [
    'metadata:\n  name: gateway',
    'metadata:\n  name: gateway\nname: x',
    'name is no field',
  ],
  // selectors
  'a workload that selects other pods': [
    'matchLabels: { app: shop }',
    'matchLabels: { app: shed }',
    "doesn't match its own",
  ],
  'a Service that selects nothing': ['selector: { app: shop }', 'selector: { app: shed }', 'matches no pods'],
  'a Service without a selector': ['  selector: { app: shop }\n  ports', '  ports', 'selects nothing'],
  // references
  'a missing service account': ['serviceAccountName: shop', 'serviceAccountName: shed', 'no ServiceAccount shed'],
  'no service account': ['      serviceAccountName: shop\n', '', 'names no ServiceAccount'],
  'a missing ConfigMap': [
    'configMapRef: { name: settings }',
    'configMapRef: { name: setings }',
    'no ConfigMap setings',
  ],
  'a missing ConfigMap of a volume': ['configMap: { name: settings }', 'configMap: { name: no }', 'no ConfigMap no'],
  'a missing ConfigMap of a variable': ['name: settings, key', 'name: no, key', 'there is no ConfigMap no'],
  'a missing key': ['key: GATEWAY_SHUTDOWN_TIMEOUT', 'key: TIMEOUT', 'ConfigMap settings has no TIMEOUT'],
  'a secret that nobody is told to make': ['name: password', 'name: pasword', 'no Secret pasword'],
  'a secret volume that nobody is told to make': [
    'configMap: { name: settings }',
    'secret: { secretName: x }',
    'no Secret x',
  ],
  'a missing volume': ['name: settings, mountPath', 'name: setings, mountPath', 'no volume setings'],
  'a volume that nobody mounts': ['name: settings, mountPath', 'name: setings, mountPath', 'nobody mounts settings'],
  'a variable twice': ['name: PUBLIC', 'name: HOST', 'HOST is set twice'],
  'a variable of an unset variable': ['$(HOST)', '$(HOTS)', "$(HOTS) isn't set"],
  'a missing role': ['kind: Role, name: reader', 'kind: Role, name: writer', 'no Role writer'],
  'a role for nobody': ['kind: ServiceAccount, name: shop', 'kind: ServiceAccount, name: x', 'no ServiceAccount x'],
  // ports and probes
  'a Service by number': ['targetPort: http', 'targetPort: 8080', 'names no port'],
  'a Service to a missing port': ['targetPort: http', 'targetPort: https', 'has no port https'],
  'a port without a name': ['name: http, containerPort', 'containerPort', 'port 8080 has no name'],
  'a probe of a missing port': [
    'port: http }\n          readiness',
    'port: admin }\n          readiness',
    'asks port admin',
  ],
  'a probe by number': ['tcpSocket: { port: http }', 'tcpSocket: { port: 8080 }', 'asks port 8080'],
  'no probe': [/ {10}readinessProbe:\n.*\n/, '', 'has no readinessProbe'],
  // images
  'no tag': ['shop:1.0.0', 'shop', "gateway/shop isn't pinned"],
  'the latest tag': ['shop:1.0.0', 'shop:latest', "isn't pinned"],
  "only a registry's port": ['gateway/shop:1.0.0', 'host:5000/shop', "isn't pinned"],
  // security
  'a pod as root': ['runAsNonRoot: true', 'runAsNonRoot: false', 'may run as root'],
  'no user': ['        runAsUser: 1000\n', '', 'names no user by number'],
  'no seccomp': ['RuntimeDefault', 'Unconfined', 'seccomp'],
  'service links': ['enableServiceLinks: false', 'enableServiceLinks: true', 'enableServiceLinks'],
  'no word about a token': ['      automountServiceAccountToken: false\n', '', "service account's token"],
  'privileges to gain': ['allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true', 'may gain privileges'],
  'a privileged container': [
    'readOnlyRootFilesystem',
    'privileged: true\n            readOnlyRootFilesystem',
    'may gain',
  ],
  'a writable root': ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false', 'may write to its root'],
  'capabilities kept': ['drop: [ALL]', 'drop: [KILL]', "doesn't drop all"],
  'capabilities added': ['drop: [ALL]', 'drop: [ALL], add: [NET_ADMIN]', 'adds capabilities'],
  'no request': [/ {12}requests: .*\n/, '', 'requests no resources'],
  'no memory limit': ['memory: 64Mi', 'cpu: 1', 'no memory limit'],
  // shutdown
  'a grace too short': ['terminationGracePeriodSeconds: 30', 'terminationGracePeriodSeconds: 26', 'needs 27 s'],
  'a wait that eats the grace': ['seconds: 5', 'seconds: 10', 'is given 30 s to end, and needs 32 s'],
  'a timeout that nobody said': ['GATEWAY_SHUTDOWN_TIMEOUT: 20s', 'OTHER: 20s', 'needs 32 s'],
  'a timeout that is none': ['GATEWAY_SHUTDOWN_TIMEOUT: 20s', 'GATEWAY_SHUTDOWN_TIMEOUT: soon', 'needs Infinity s'],
};

describe('found:', () => {
  test.each(Object.entries(BROKEN))('%s', async (_name, [what, by, problem]) => {
    expect((await problems(broken(what, by))).join('\n')).toContain(problem);
  });

  test('two workloads with the same labels', async () => {
    const twin = good.slice(good.indexOf('apiVersion: apps/v1')).split('---')[0]!.replace('name: shop', 'name: twin');
    expect((await problems(`${good}---\n${twin}`)).join('\n')).toMatch(/of others, too[^]*matches Deployment shop and/);
  });

  test('text that is no YAML', () => {
    expect(() => parseManifests('kind: {')).toThrow();
  });
});

test('an image by digest is pinned', async () => {
  expect(await problems(broken('shop:1.0.0', `shop@sha256:${'0'.repeat(64)}`))).toEqual([]);
});

test('the secrets that an operator makes are those of the README', () => {
  expect([...documentedSecrets()]).toEqual(expect.arrayContaining(['redis-auth', 'edge-tls', 'identity-edge-router']));
});
