import { Counter, type Registry } from 'prom-client';
import { bounded, OTHER } from '../observe/bounded';

/** Counts one message that would have been refused. */
export type CountShadow = (rule: string, consumer: string) => void;

/** Consumers that have samples of their own, of all routes together. Those that come later are counted as `other`. */
export const MAX_CONSUMERS = 500;
/** Pairs of route and rule that are counted apart; the rest has the rule `other`. Contracts bound them, not requests. */
export const MAX_RULES = 500;

/** What validation in shadow mode would have refused: who must be told before a rule is enforced. */
export class ShadowCounts {
  private readonly counter: Counter<'route' | 'direction' | 'rule' | 'consumer'>;
  private readonly consumers = new Set<string>();
  private readonly rules = new Set<string>();

  constructor(registry: Registry) {
    this.counter = new Counter({
      name: 'gateway_validation_shadow_total',
      help: 'Broken rules of messages that validation in shadow mode let pass, by who sent or asked',
      labelNames: ['route', 'direction', 'rule', 'consumer'],
      registers: [registry],
    });
  }

  /** What counts the broken rules of a route's requests or responses. */
  countFor(route: string, direction: 'request' | 'response'): CountShadow {
    return (rule, consumer) => {
      const known = bounded(this.rules, `${route} ${rule}`, MAX_RULES) ? rule : OTHER;
      const who = bounded(this.consumers, consumer, MAX_CONSUMERS) ? consumer : OTHER;
      this.counter.inc({ route, direction, rule: known, consumer: who });
    };
  }
}
