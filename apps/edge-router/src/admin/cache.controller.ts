import { GatewayError } from '@gateway/errors';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { CacheState } from './cache-state';
import { EdgeState } from './edge-state';
import { readBody } from './read-body';

const purgeSchema = z.strictObject({ tag: z.string().min(1) });

/** What the cache of this edge holds and did; and to purge it. */
@Controller('cache')
export class CacheController {
  constructor(
    private readonly edge: EdgeState,
    private readonly state: CacheState,
  ) {}

  @Get()
  stats(): object {
    return { ...this.state.cache.stats(), tags: this.tags() };
  }

  /** Drops the answers of all routes with a tag: here at once, at other edges when they hear of it through Redis. */
  @Post('purge')
  @HttpCode(200)
  purge(@Body() body: unknown): object {
    const { tag } = readBody(purgeSchema, body);
    const tags = this.tags();
    if (!tags.includes(tag)) {
      const those = tags.length === 0 ? 'none has any' : `there are ${tags.join(', ')}`;
      throw new GatewayError('GW_NOT_FOUND', { detail: `No route's cache has the tag ${tag}: ${those}` });
    }
    const { cache, shared } = this.state;
    const before = cache.stats().entries;
    cache.purge(tag);
    return { tag, dropped: before - cache.stats().entries, scope: shared ? 'every edge' : 'this edge' };
  }

  /** Those of the routes in force. */
  private tags(): string[] {
    return [...new Set(this.edge.routes.current.routes.flatMap(({ policy }) => policy.cache?.tags ?? []))].sort();
  }
}
