import { Controller, Get, Param } from '@nestjs/common';
import { GatewayError } from '@gateway/errors';
import type { ContractInForce } from '../contracts/contract-book';
import type { ContractEntry } from '../contracts/contract-entry';
import { RegistryPlane } from '../registry-plane';

/** Which contracts are in force, and which were, for people. */
@Controller('contracts')
export class ContractsController {
  constructor(private readonly plane: RegistryPlane) {}

  @Get()
  list(): object {
    const { book } = this.plane;
    return {
      contracts: book.inForce().map((contract) => ({
        ...describe(contract),
        // What is mocked until an instance serves it.
        unservedMethods: book.unserved(contract.entry.service),
      })),
    };
  }

  /** Newest first. */
  @Get(':service/history')
  history(@Param('service') service: string): object {
    const history = this.plane.book.history(service);
    if (history.length === 0) throw new GatewayError('GW_NOT_FOUND', { detail: `${service} has no contract` });
    return { service, history: history.toReversed().map(dated) };
  }
}

const dated = ({ publishedAt, servedAt: _served, ...entry }: ContractEntry): object => ({
  ...entry,
  publishedAt: new Date(publishedAt).toISOString(),
});

const describe = ({ entry, compiled }: ContractInForce): object => ({
  ...dated(entry),
  methods: compiled?.methods.map(({ path, bindings }) => ({
    path,
    routes: bindings.map((binding) => `${binding.method} ${binding.path}`),
  })),
});
