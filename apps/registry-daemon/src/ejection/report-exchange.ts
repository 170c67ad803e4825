import type { Clock, Timer } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import type { Members } from '../cluster/members';
import { decodeReport, encodeReport, type Report } from './report';
import { MAX_REPORTERS, type ReportBook } from './report-book';
import type { ReportStore, StoredReport } from './report-store';

/** How often the reports that others received are read, in milliseconds. */
const READ_MS = 1_000;

/** Takes reports of gateways, and shares them with the other registry-daemons: a gateway tells one of them only. */
export class ReportExchange {
  #timer: Timer | null = null;
  #reading = false;

  /** @param unreadable told of what is in the store and can't be read; it is left out */
  constructor(
    private readonly book: ReportBook,
    private readonly store: ReportStore,
    private readonly members: Members,
    private readonly clock: Clock,
    private readonly unreadable: (what: string) => void,
  ) {}

  start(): void {
    this.#timer = this.clock.every(READ_MS, () => void this.#read());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** @throws GatewayError GW_OVERLOADED when there is no place for another reporter */
  take(report: Report): void {
    if (!this.book.accept(report))
      throw new GatewayError('GW_OVERLOADED', { detail: `${MAX_REPORTERS} gateways report already` });
    if (this.#isAlone()) return;
    // Who can't share goes by what it hears itself; the next report comes in two seconds.
    this.store.put(report.reporter, encodeReport(report), report.validMs).catch(() => undefined);
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#isAlone()) return;
    this.#reading = true;
    const found = await this.store.fresh().catch(() => []);
    this.#reading = false;
    for (const stored of found) this.#accept(stored);
  }

  #accept({ reporter, bytes, leftMs }: StoredReport): void {
    try {
      const report = decodeReport(bytes);
      this.book.accept(report, Math.max(0, report.validMs - leftMs));
    } catch (error) {
      this.unreadable(`report of ${reporter}: ${(error as Error).message}`);
    }
  }

  #isAlone(): boolean {
    return this.members.live().length === 1;
  }
}
