import { z } from 'zod';
import { table } from '../../command/table';
import type { Terminal } from '../terminal';
import { askEdge, type EdgeOptions } from './admin-plane';
import { readAs } from './read-as';

/** The options of `versions`. */
export interface VersionsOptions extends EdgeOptions {
  /** Whether callers of deprecated routes are named. */
  readonly callers?: boolean;
}

const deprecation = z.object({
  path: z.string(),
  methods: z.array(z.string()),
  deprecatedAt: z.string().optional(),
  sunsetAt: z.string().optional(),
  successor: z.string().optional(),
});
const versionsSchema = z.object({
  versions: z.array(
    z.object({
      version: z.string(),
      status: z.string(),
      default: z.boolean(),
      routes: z.number(),
      deprecatedAt: z.string().optional(),
      sunsetAt: z.string().optional(),
      deprecations: z.array(deprecation),
    }),
  ),
  callers: z
    .array(z.object({ route: z.string(), caller: z.string(), calls: z.number(), lastSeen: z.string() }))
    .default([]),
});

type Versions = z.output<typeof versionsSchema>;

/** Shows the versions of the API, and who still calls what ends. @throws Failure */
export async function showVersions(options: VersionsOptions, terminal: Terminal): Promise<void> {
  const answer = await askEdge(options, options.callers ? '/versions?verbose' : '/versions');
  if (options.json) return terminal.out(JSON.stringify(answer, null, 2));
  const { versions, callers } = readAs(versionsSchema, answer, options);
  terminal.out(table(['VERSION', 'STATUS', 'ROUTES', 'ENDING', 'DEPRECATED', 'SUNSET', 'DEFAULT'], versions.map(row)));
  const ending = versions.flatMap(({ deprecations }) => deprecations);
  if (ending.length > 0)
    terminal.out(`\n${table(['ENDING', 'METHODS', 'DEPRECATED', 'SUNSET', 'SUCCESSOR'], ending.map(endingRow))}`);
  if (options.callers) terminal.out(`\n${table(['ROUTE', 'CALLER', 'CALLS', 'LAST SEEN'], callers.map(callerRow))}`);
}

const row = (each: Versions['versions'][number]): string[] => [
  each.version,
  each.status,
  String(each.routes),
  String(each.deprecations.length),
  day(each.deprecatedAt),
  day(each.sunsetAt),
  each.default ? '*' : '-',
];

const endingRow = ({ path, methods, deprecatedAt, sunsetAt, successor }: z.output<typeof deprecation>): string[] => [
  path,
  methods.join(',') || 'any',
  day(deprecatedAt),
  day(sunsetAt),
  successor ?? '-',
];

const callerRow = ({ route, caller, calls, lastSeen }: Versions['callers'][number]): string[] => [
  route,
  caller,
  String(calls),
  lastSeen,
];

const day = (time: string | undefined): string => time?.slice(0, 10) ?? '-';
