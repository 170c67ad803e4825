import { CallRecord, Candidate } from '@gateway/balancing';
import type { Endpoint } from './endpoint';

/** The calls to an endpoint, as its judge knows them. */
export class EndpointCalls extends CallRecord {
  constructor(readonly endpoint: TrackedEndpoint) {
    super();
  }
}

/** What this edge knows of an endpoint in one life of it. */
export class TrackedEndpoint extends Candidate {
  readonly calls = new EndpointCalls(this);
  /** Calls that ended, since the edge knows it. */
  requests = 0;
  /** Those of them that it answered. */
  answered = 0;
  /** Those of them that failed or were refused. The others say nothing of it: the client left, the gateway refused. */
  failed = 0;

  /**
   * @param endpoint what was last said of it
   * @param since monotonic milliseconds
   */
  constructor(
    public endpoint: Endpoint,
    since: number,
  ) {
    const { id, weight = 1, zone = '', version = '' } = endpoint;
    // A source that says 0 means: no opinion.
    super({ id, weight: weight > 0 ? weight : 1, zone, version }, since);
  }

  /** Whether that endpoint is this one, in this life. */
  isOf({ id, generation, address }: Endpoint): boolean {
    const known = this.endpoint;
    return known.id === id && known.generation === generation && known.address === address;
  }

  /** Judges whether it may get calls. @param nowEpoch milliseconds since the Unix epoch. @returns whether that changed */
  judge(nowEpoch: number): boolean {
    const { ejection } = this.calls;
    const { withheld } = this.endpoint;
    const before = this.standing;
    if (ejection?.reason === 'refused') this.standing = 'unreachable';
    else if (ejection !== null || (withheld?.until ?? 0) > nowEpoch) this.standing = 'withheld';
    else this.standing = 'usable';
    return before !== this.standing;
  }
}
