/** A report that a registry-daemon received. */
export interface StoredReport {
  readonly reporter: string;
  /** What `encodeReport` wrote. */
  readonly bytes: Uint8Array;
  /** How much longer it counts, in milliseconds. */
  readonly leftMs: number;
}

/** Where registry-daemons find each other's reports. Calls may reject: then each daemon goes by its own. */
export interface ReportStore {
  /** Keeps a reporter's report in place of its former one, for as long as it counts. */
  put(reporter: string, bytes: Uint8Array, validMs: number): Promise<void>;
  /** Those put since this was last asked, and maybe more. */
  fresh(): Promise<readonly StoredReport[]>;
}

/** Without a store there are no other daemons. */
export const NO_REPORT_STORE: ReportStore = { put: () => Promise.resolve(), fresh: () => Promise.resolve([]) };
