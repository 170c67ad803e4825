import { registryV1 } from '@gateway/contracts';
import type { Lease } from '../lease/lease';
import type { LeaseVerdict, LeaseVerdicts } from '../lease/lease-verdicts';
import { isOlder, isSame } from '../lease/revisions';
import type { ReportBook } from './report-book';

const { Verdict } = registryV1;

/**
 * What gateways say of an instance whose lease ran out. One that answers anybody is alive, whatever others say: they may be
 * cut off from it. It refuses when everybody who called it says so. Errors alone are neither.
 */
export class ReportedVerdicts implements LeaseVerdicts {
  /** @param leasesOf the leases of a service */
  constructor(
    private readonly book: ReportBook,
    private readonly leasesOf: (service: string) => readonly Lease[],
  ) {}

  verdictOf(lease: Lease): LeaseVerdict {
    if (this.#hasSuccessor(lease)) return 'unknown';
    const verdicts = this.#said(lease);
    if (verdicts.includes(Verdict.ANSWERING)) return 'answering';
    if (verdicts.length > 0 && verdicts.every((verdict) => verdict === Verdict.REFUSING)) return 'refusing';
    return 'unknown';
  }

  /** Somebody who came later has its address: who answers there is the other one. */
  #hasSuccessor({ service, id, generation, instance: { address } }: Lease): boolean {
    return this.leasesOf(service).some(
      (other) => other.id !== id && other.instance.address === address && !isOlder(other.generation, generation),
    );
  }

  #said({ service, id, generation }: Lease): registryV1.Verdict[] {
    const said = [...this.book.of(service).values()].flatMap((instances) => instances.get(id) ?? []);
    const verdicts = said.filter((each) => isSame(each.generation, generation)).map(({ verdict }) => verdict);
    return verdicts.filter((verdict) => verdict !== Verdict.UNSPECIFIED);
  }
}
