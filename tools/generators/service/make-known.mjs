// The rows of a new service wherever apps are listed.
import { insertAfter } from '../edit.mjs';

/** Who may publish what: the platform's manifests, and those with the demonstration. */
const OWNERS = ['k8s/base/registry-daemon/owners.json', 'k8s/demo/owners.json'];

/**
 * @param {import('@nx/devkit').Tree} tree
 * @param {ReturnType<typeof import('../names.mjs').serviceNames>} names
 * @param {ReturnType<typeof import('./free-ports.mjs').freePorts>} ports
 */
export function makeKnown(tree, names, ports) {
  const { name, identity, prefix, path } = names;
  const { grpcPort, adminPort } = ports;
  insertAfter(
    tree,
    'libs/testing/src/platform/services.ts',
    /SERVICES: readonly ServiceSpec\[\] = \[\n?/,
    `  { name: '${name}', identity: '${identity}', prefix: '${prefix}', grpcPort: ${grpcPort}, adminPort: ${adminPort} },\n`,
  );
  insertAfter(
    tree,
    'tools/image/healthcheck.mjs',
    /const ADMIN_PORTS = \{\n/,
    `  '${name}': ['${prefix}ADMIN_PORT', ${adminPort}],\n`,
  );
  insertAfter(tree, 'k8s/base/kustomization.yaml', /resources:\n(?: {2}- .*\n)+/, `  - ${name}\n`);
  insertAfter(
    tree,
    'k8s/base/kustomization.yaml',
    /images:\n(?: {2}- .*\n)+/,
    `  - { name: gateway/${name}, newTag: 0.1.0 }\n`,
  );
  insertAfter(tree, 'k8s/README.md', /\| `identity-edge-router` .*\n/, `| \`identity-${identity}\` | | ${name} |\n`);
  insertAfter(
    tree,
    'README.md',
    /\| \[mock-services\].*\n/,
    `| [${name}](apps/${name}) | a service of yours: \`${path}\` |\n`,
  );
  const owned = JSON.stringify({ packages: [`${names.package}.v1`], paths: [path] });
  for (const file of OWNERS)
    insertAfter(tree, file, /\}(?=\n\}\n$)/, `,\n  "spiffe://gateway.local/${identity}": ${owned}`);
}
