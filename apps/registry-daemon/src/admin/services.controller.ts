import { toJson } from '@bufbuild/protobuf';
import { Controller, Get } from '@nestjs/common';
import { registryV1 } from '@gateway/contracts';
import { SILENCE, tally } from '../ejection/quorum';
import { ReportBook } from '../ejection/report-book';
import { RegistryPlane } from '../registry-plane';

/** Who is alive, how well, and what gateways say of it, for people. */
@Controller('services')
export class ServicesController {
  constructor(
    private readonly plane: RegistryPlane,
    private readonly reports: ReportBook,
  ) {}

  @Get()
  list(): object {
    const { table, revisions } = this.plane;
    const { epoch, n } = revisions.latest;
    const services = [...table.counts().keys()].sort().map((name) => this.#describe(name));
    return { revision: { epoch, n: String(n) }, services };
  }

  #describe(name: string): object {
    const leases = this.plane.table.of(name);
    const opinions = this.reports.of(name);
    const said = tally(
      leases.map(({ id, generation }) => ({ id, generation, onTrial: false })),
      opinions,
    );
    const instances = leases.map(({ id, instance, leaseMs }) => {
      const { answering, against, callers } = said.get(id) ?? SILENCE;
      const gateways = { answering, against, callers };
      return { ...(toJson(registryV1.InstanceSchema, instance) as object), leaseMs, gateways };
    });
    return { name, reporters: opinions.size, instances };
  }
}
