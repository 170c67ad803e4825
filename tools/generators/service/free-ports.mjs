import { readText } from '../edit.mjs';

/** The files that say who listens where in development. */
const TABLES = ['libs/testing/src/platform/topology.ts', 'libs/testing/src/platform/services.ts'];
/** Where services begin: behind those of the platform. */
const FIRST = { grpcPort: 10010, adminPort: 9910 };

/** Ports that nobody has in development. */
export function freePorts(tree) {
  const text = TABLES.map((file) => readText(tree, file)).join('\n');
  const taken = new Set([...text.matchAll(/\b\d{4,5}\b/g)].map(([port]) => Number(port)));
  const free = (port) => (taken.has(port) ? free(port + 1) : port);
  return { grpcPort: free(FIRST.grpcPort), adminPort: free(FIRST.adminPort) };
}
