import type { MessageInitShape } from '@bufbuild/protobuf';
import { digestOf, type registryV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { isServiceName } from '../lease/instance-rules';
import { actingOwner, requireOperator } from './acting-owner';
import { changeMessage } from './change-message';
import type { ContractBook } from './contract-book';
import { type ContractEntry, publicationOf } from './contract-entry';
import type { Owners } from './owners';
import type { ContractPublisher, Published } from './publisher';
import { violationMessage } from './refusal';

const MAX_NOTE_CHARACTERS = 500;
/** A beginning of a digest's hex that names a contract must not be a guess. */
const MIN_PREFIX_CHARACTERS = 6;

/** A contract that is in force, for the answer. */
export interface PublishedContract {
  readonly digest: string;
  readonly changes: registryV1.ContractChange[];
}

/** What callers do with contracts. `caller` is always the SPIFFE id of the call's certificate. */
export class ContractCalls {
  constructor(
    private readonly book: ContractBook,
    private readonly publisher: ContractPublisher,
    private readonly owners: Owners,
  ) {}

  /** @throws GatewayError */
  publish(caller: string, request: registryV1.PublishContractRequest): PublishedContract {
    const { service, descriptorSet, allowBreaking, note } = request;
    checkNames(service, note);
    const owner = actingOwner(caller, request.owner, this.owners);
    if (allowBreaking) requireOperator(caller, this.owners, 'allow a breaking change');
    const terms = { way: 'published', publishedBy: caller, allowBreaking, note } as const;
    return answerOf(this.publisher.publish(owner, service, descriptorSet, terms));
  }

  /** What publishing would do. @throws GatewayError */
  diff(
    caller: string,
    { service, descriptorSet, owner }: registryV1.DiffContractRequest,
  ): MessageInitShape<typeof registryV1.DiffContractResponseSchema> {
    checkNames(service);
    const claimant = actingOwner(caller, owner, this.owners);
    const { contract, changes, violations } = this.publisher.assess(claimant, service, descriptorSet);
    return {
      digest: digestOf(descriptorSet),
      digestInForce: this.book.current(service)?.entry.digest ?? '',
      changes: contract ? changes.map((change) => changeMessage(change, contract)) : [],
      violations: violations.map((violation) => violationMessage(violation, contract)),
    };
  }

  /** The publications of a service, newest first. @throws GatewayError GW_NOT_FOUND */
  history(service: string): registryV1.Publication[] {
    const entries = this.book.history(service).toReversed();
    if (entries.length === 0) throw new GatewayError('GW_NOT_FOUND', { detail: `${service} has no contract` });
    return entries.map((entry, index) => publicationOf(entry, index === 0));
  }

  /** Puts an older contract in force again, as a publication of its own. @throws GatewayError */
  rollBack(caller: string, { service, digest, note }: registryV1.RollBackContractRequest): PublishedContract {
    checkNames(service, note);
    requireOperator(caller, this.owners, 'roll a contract back');
    const current = this.book.current(service)?.entry;
    if (!current) throw new GatewayError('GW_NOT_FOUND', { detail: `${service} has no contract` });
    const wanted = this.#find(service, current, digest);
    const descriptorSet = this.book.descriptorSet(wanted.digest);
    if (!descriptorSet) throw new GatewayError('GW_NOT_FOUND', { detail: `the bytes of ${wanted.digest} are lost` });
    const back = `rolled back from ${current.digest}`;
    return answerOf(
      this.publisher.publish(wanted.owner, service, descriptorSet, {
        way: 'rolled-back',
        publishedBy: caller,
        allowBreaking: true,
        note: note === '' ? back : `${back}: ${note}`,
      }),
    );
  }

  /** The publication that is meant: by its digest, or the one before the one in force. */
  #find(service: string, current: ContractEntry, digest: string): ContractEntry {
    const entries = this.book.history(service);
    const isMeant = digest === '' ? isNot(current.digest) : beginsWith(digest);
    const meant = entries.filter(isMeant);
    const found = meant.at(-1);
    if (!found)
      throw new GatewayError('GW_NOT_FOUND', {
        detail: digest === '' ? `${service} has only one contract` : `${service} has had no contract ${digest}`,
      });
    if (digest !== '' && meant.some(isNot(found.digest)))
      throw new GatewayError('GW_BAD_REQUEST', { detail: `digest: ${digest} is the beginning of several` });
    return found;
  }
}

const isNot =
  (digest: string) =>
  (entry: ContractEntry): boolean =>
    entry.digest !== digest;

function beginsWith(text: string): (entry: ContractEntry) => boolean {
  const hex = text.replace(/^sha256:/, '');
  if (!/^[0-9a-f]+$/.test(hex) || hex.length < MIN_PREFIX_CHARACTERS)
    throw new GatewayError('GW_BAD_REQUEST', { detail: 'digest: must be one, or its beginning' });
  return ({ digest }) => digest.startsWith(`sha256:${hex}`);
}

function checkNames(service: string, note = ''): void {
  if (!isServiceName(service)) throw new GatewayError('GW_BAD_REQUEST', { detail: 'service: is not a name' });
  if (note.length > MAX_NOTE_CHARACTERS)
    throw new GatewayError('GW_BAD_REQUEST', { detail: `note: is longer than ${MAX_NOTE_CHARACTERS} characters` });
}

const answerOf = ({ contract, changes }: Published): PublishedContract => ({
  digest: contract.digest,
  changes: changes.map((change) => changeMessage(change, contract)),
});
