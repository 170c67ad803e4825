import { z } from 'zod';
import { table } from '../../command/table';
import type { Terminal } from '../terminal';
import { askEdge, type EdgeOptions } from './admin-plane';
import { readAs } from './read-as';

const routesSchema = z.object({
  routes: z.array(
    z.object({
      id: z.string(),
      declaredBy: z.string(),
      path: z.string(),
      methods: z.array(z.string()),
      hosts: z.array(z.string()),
      target: z.object({ kind: z.string(), service: z.string().optional(), method: z.string().optional() }),
      policy: z.object({ auth: z.object({ mode: z.string().optional() }).optional() }),
    }),
  ),
  problems: z.array(z.object({ severity: z.string(), source: z.string(), place: z.string(), detail: z.string() })),
});

type Route = z.output<typeof routesSchema>['routes'][number];

/** Shows the routes in force. @throws Failure */
export async function showRoutes(options: EdgeOptions, terminal: Terminal): Promise<void> {
  const answer = await askEdge(options, '/routes');
  if (options.json) return terminal.out(JSON.stringify(answer, null, 2));
  const { routes, problems } = readAs(routesSchema, answer, options);
  terminal.out(table(['METHODS', 'PATH', 'HOSTS', 'TARGET', 'AUTH', 'FROM'], routes.map(rowOf)));
  for (const { severity, source, place, detail } of problems)
    terminal.out(`${severity}: ${source}${place === '' ? '' : ` ${place}`}: ${detail}`);
}

const rowOf = ({ methods, path, hosts, target, policy, declaredBy }: Route): string[] => [
  methods.join(',') || 'any',
  path,
  hosts.join(',') || 'any',
  target.service === undefined ? target.kind : `${target.service}${target.method ?? ''}`,
  (policy.auth?.mode ?? 'REQUIRED').toLowerCase(),
  declaredBy,
];
