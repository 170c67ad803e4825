import { z } from 'zod';
import { table } from '../../command/table';
import { askEdge, type EdgeOptions } from '../edge/admin-plane';
import { readAs } from '../edge/read-as';
import type { Terminal } from '../terminal';

const mocksSchema = z.object({
  allowed: z.boolean(),
  routes: z.array(
    z.object({
      route: z.string(),
      mocking: z.string().nullable(),
      scenario: z.string().nullable().optional(),
      scenarioMissing: z.boolean().optional(),
      recorded: z.object({ calls: z.number(), recording: z.boolean() }).nullable(),
    }),
  ),
  scenarios: z.array(
    z.object({
      name: z.string(),
      initial: z.string(),
      sessions: z.array(z.object({ session: z.string(), state: z.string(), calls: z.number() })),
    }),
  ),
});

type Mocks = z.output<typeof mocksSchema>;

/** Shows which routes are mocked, and where the scenarios stand. @throws Failure */
export async function listMocks(options: EdgeOptions, terminal: Terminal): Promise<void> {
  const answer = await askEdge(options, '/mocks');
  if (options.json) return terminal.out(JSON.stringify(answer, null, 2));
  const { allowed, routes, scenarios } = readAs(mocksSchema, answer, options);
  if (!allowed) terminal.out('this edge is in production, and mocks nothing');
  terminal.out(table(['ROUTE', 'MOCKED', 'SCENARIO', 'RECORDED'], routes.map(routeRow)));
  terminal.out(table(['SCENARIO', 'SESSION', 'STATE', 'CALLS'], scenarios.flatMap(scenarioRows)));
}

const routeRow = ({ route, mocking, scenario, scenarioMissing, recorded }: Mocks['routes'][number]): string[] => [
  route,
  mocking ?? 'no',
  scenario ? `${scenario}${scenarioMissing ? ' (missing)' : ''}` : '-',
  recorded === null ? '-' : `${recorded.calls} calls${recorded.recording ? ', goes on' : ''}`,
];

/** A scenario that nobody has played yet is a row, too. The session of callers without one has no name. */
const scenarioRows = ({ name, initial, sessions }: Mocks['scenarios'][number]): string[][] =>
  sessions.length === 0
    ? [[name, '-', initial, '0']]
    : sessions.map(({ session, state, calls }) => [name, session === '' ? '(none)' : session, state, String(calls)]);
