import { CallerLedger, type CallerRecord } from '@gateway/versioning';
import { Counter, type Registry } from 'prom-client';
import { bounded, OTHER } from '../observe/bounded';
import type { Route } from '../pipeline/route';
import type { CountCaller } from '../pipeline/stages/tell-deprecation';
import type { ApiVersions } from './api-versions';

/** Consumers that have samples of their own, of all routes together. Those that come later are counted as `other`. */
export const MAX_CONSUMERS = 500;

/** Who still calls what is deprecated, in this process and since its start. */
export class DeprecatedCalls {
  private readonly counter: Counter<'route' | 'version' | 'consumer'>;
  private readonly consumers = new Set<string>();
  private readonly ledger = new CallerLedger();

  constructor(
    registry: Registry,
    private readonly versions: Pick<ApiVersions, 'versionOf'>,
  ) {
    this.counter = new Counter({
      name: 'gateway_deprecated_calls_total',
      help: 'Calls of deprecated routes, refused ones too, by who called',
      labelNames: ['route', 'version', 'consumer'],
      registers: [registry],
    });
  }

  /** What counts the calls of a route. */
  countFor(route: Route): CountCaller {
    const { id } = route;
    const version = this.versions.versionOf(route) ?? '';
    return (caller, now) => {
      this.ledger.count(id, caller, now);
      const consumer = bounded(this.consumers, caller, MAX_CONSUMERS) ? caller : OTHER;
      this.counter.inc({ route: id, version, consumer });
    };
  }

  /** Everyone, by route and then by calls. */
  records(): CallerRecord[] {
    return this.ledger.records();
  }
}
