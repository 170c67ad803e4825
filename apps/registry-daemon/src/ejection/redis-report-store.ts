import type { RedisClient, RedisScript } from '@gateway/redis';
import { REPORT_BOUNDS } from './report';
import { MAX_REPORTERS } from './report-book';
import type { ReportStore, StoredReport } from './report-store';
import { PUT_REPORT } from './scripts.lua';

/** `*` is no service's name, so it can't collide with one. */
const INDEX = 'gw:{reg:*}:reports';
const reportKey = (reporter: string): string => `${INDEX}:${reporter}`;

/** Reports in Redis: one key per reporter that ends with the report, and an index of when each was put. */
export class RedisReportStore implements ReportStore {
  readonly #put: RedisScript<number>;
  /** When the report of each reporter was put that has been read; Redis' time. */
  #seen = new Map<string, string>();

  constructor(private readonly redis: RedisClient) {
    this.#put = redis.defineScript({ name: 'registryPutReport', lua: PUT_REPORT });
  }

  async put(reporter: string, bytes: Uint8Array, validMs: number): Promise<void> {
    const keys = [INDEX, reportKey(reporter)];
    await this.#put(keys, [reporter, Buffer.from(bytes), validMs, REPORT_BOUNDS.validMs.max, MAX_REPORTERS]);
  }

  async fresh(): Promise<readonly StoredReport[]> {
    // The whole index, a few bytes per gateway: a mark of what was read would be fooled by a clock that is set back.
    const index = await this.redis.command<[string, string][]>('ZRANGE', INDEX, 0, -1, 'WITHSCORES');
    const putAt = new Map(index);
    const changed = [...putAt].flatMap(([reporter, when]) => (this.#seen.get(reporter) === when ? [] : [reporter]));
    const found = await Promise.all(changed.map((reporter) => this.#read(reporter)));
    this.#seen = putAt;
    return found.flat();
  }

  async #read(reporter: string): Promise<StoredReport[]> {
    const key = reportKey(reporter);
    const [bytes, leftMs] = await Promise.all([
      this.redis.commandBuffer<Buffer | null>('GET', key),
      this.redis.command<number>('PTTL', key),
    ]);
    // Negative when it ended between the two.
    return bytes ? [{ reporter, bytes, leftMs: Math.max(0, leftMs) }] : [];
  }
}
