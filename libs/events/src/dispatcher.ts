import type { DomainEvent, EventHandler, Gap, Revision, Unsubscribe } from './event-bus';

/** Ids remembered, to hand on an event once although its publisher had to append it again. */
const REMEMBERED_IDS = 4096;

/** Told when a handler throws. */
export type HandlerFailure = (error: unknown, event: DomainEvent | null) => void;

/** Hands events to the subscribers of this process. */
export class Dispatcher {
  delivered = 0;
  duplicates = 0;
  gaps = 0;
  handlerFailures = 0;
  private readonly subscriptions = new Set<{ types: ReadonlySet<string> | '*'; handler: EventHandler }>();
  private readonly gapListeners = new Set<{ listener: (gap: Gap) => void }>();
  private readonly recentIds = new Set<string>();

  constructor(private readonly onFailure: HandlerFailure = () => undefined) {}

  subscribe(types: readonly string[] | '*', handler: EventHandler): Unsubscribe {
    const subscription = { types: types === '*' ? types : new Set(types), handler };
    this.subscriptions.add(subscription);
    return () => void this.subscriptions.delete(subscription);
  }

  onGap(listener: (gap: Gap) => void): Unsubscribe {
    const entry = { listener };
    this.gapListeners.add(entry);
    return () => void this.gapListeners.delete(entry);
  }

  /** A handler that throws doesn't keep an event from the others. */
  deliver(event: DomainEvent, revision: Revision): void {
    if (!this.firstTime(event.id)) return void this.duplicates++;
    this.delivered++;
    for (const { types, handler } of [...this.subscriptions]) {
      if (types === '*' || types.has(event.type)) this.attempt(() => handler(event, revision), event);
    }
  }

  gap(gap: Gap): void {
    this.gaps++;
    for (const { listener } of [...this.gapListeners]) this.attempt(() => listener(gap), null);
  }

  close(): void {
    this.subscriptions.clear();
    this.gapListeners.clear();
  }

  private attempt(call: () => void, event: DomainEvent | null): void {
    try {
      call();
    } catch (error) {
      this.handlerFailures++;
      this.onFailure(error, event);
    }
  }

  private firstTime(id: string): boolean {
    if (this.recentIds.has(id)) return false;
    this.recentIds.add(id);
    if (this.recentIds.size > REMEMBERED_IDS) this.recentIds.delete(this.recentIds.values().next().value!);
    return true;
  }
}
