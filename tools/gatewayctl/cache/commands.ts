import type { Command } from 'commander';
import { z } from 'zod';
import { askEdge, type EdgeOptions, tellEdge } from '../edge/admin-plane';
import { readAs } from '../edge/read-as';
import type { Terminal } from '../terminal';

const statsSchema = z.looseObject({ entries: z.number(), bytes: z.number(), tags: z.array(z.string()) });
const purgedSchema = z.object({ tag: z.string(), dropped: z.number(), scope: z.enum(['every edge', 'this edge']) });

/**
 * Adds `show` and `purge`.
 * @param command makes a subcommand that reaches an edge
 */
export function addCacheCommands(command: (usage: string) => Command, terminal: Terminal): void {
  command('show')
    .description('What an edge keeps in memory, what it did since its start, and the tags that can be purged.')
    .option('--json', 'as the edge gives it')
    .action((options) => showCache(options, terminal));
  command('purge <tag>')
    .description(
      'Drops the kept answers of all routes with a tag (cache.tags of the policy), at every edge of the same Redis.',
    )
    .action((tag: string, options) => purge(tag, options, terminal));
}

async function showCache(options: EdgeOptions, terminal: Terminal): Promise<void> {
  const answer = await askEdge(options, '/cache');
  if (options.json) return terminal.out(JSON.stringify(answer, null, 2));
  const { tags, ...counts } = readAs(statsSchema, answer, options);
  for (const [name, count] of Object.entries(counts)) terminal.out(`${name.padEnd(14)}${String(count)}`);
  terminal.out(`${'tags'.padEnd(14)}${tags.join(', ') || '-'}`);
}

async function purge(tag: string, options: EdgeOptions, terminal: Terminal): Promise<void> {
  const answer: unknown = JSON.parse(await tellEdge(options, '/cache/purge', { tag }));
  const { dropped, scope } = readAs(purgedSchema, answer, options);
  const others =
    scope === 'every edge' ? 'Redis and other edges follow' : 'it has no Redis, so other edges keep theirs';
  terminal.out(`${tag}: ${dropped} dropped from this edge's memory; ${others}`);
}
