import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type ChannelCredentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Clock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { RegistryAddresses } from './registry-addresses';
import { asRegistryCallError, callErrorOf, RegistryCallError } from './registry-call-error';

/** How a registry is reached. */
export interface RegistryClientOptions {
  /** `host:port` of its gRPC listener, or of several registries that stand in for each other. */
  readonly address: string | readonly string[];
  /** Mutual TLS that expects the registry's identity. */
  readonly credentials: ChannelCredentials;
  /** The clock of call deadlines: must run in real time, as the transport's does. */
  readonly clock: Clock;
  /** Milliseconds that a call may take; 3000 when not given. With several addresses it is what each of them gets. */
  readonly callTimeoutMs?: number;
  /** Which of several addresses comes first, so that clients spread: from 0 (included) to 1 (excluded). */
  readonly random?: () => number;
}

/** What a watcher is told. */
export interface WatchHandler {
  message(message: registryV1.WatchResponse): void;
  /** The stream is over; nothing follows. */
  end(error: RegistryCallError): void;
}

type Init<Desc extends DescMessage> = MessageInitShape<Desc>;

const CALL_TIMEOUT_MS = 3_000;
/** Shorter when there is another address to ask: one that hangs must not hold its clients up. */
const ONE_OF_SEVERAL_MS = 1_500;
const { method } = registryV1.RegistryService;

/**
 * The registry's gRPC API. Every call has a deadline; a failed one rejects with RegistryCallError. A call that doesn't
 * reach a registry goes to the next address at once, to each of them once; every call may be made twice without harm.
 */
export class RegistryClient {
  readonly #addresses: RegistryAddresses;
  readonly #timeoutMs: number;

  constructor(private readonly options: RegistryClientOptions) {
    const { address, credentials, random = Math.random } = options;
    this.#addresses = new RegistryAddresses(typeof address === 'string' ? [address] : address, credentials, random);
    this.#timeoutMs = options.callTimeoutMs ?? (this.#addresses.count > 1 ? ONE_OF_SEVERAL_MS : CALL_TIMEOUT_MS);
  }

  /** The address that is called now. */
  get address(): string {
    return this.#addresses.current;
  }

  register(request: Init<typeof registryV1.RegisterRequestSchema>): Promise<registryV1.RegisterResponse> {
    return this.#unary(method.register, request);
  }

  /** NOT_FOUND: register again. FAILED_PRECONDITION: a newer generation replaced the instance. */
  renew(request: Init<typeof registryV1.RenewRequestSchema>): Promise<registryV1.RenewResponse> {
    return this.#unary(method.renew, request);
  }

  deregister(leaseId: string): Promise<registryV1.DeregisterResponse> {
    return this.#unary(method.deregister, { leaseId });
  }

  /** @param service empty: all */
  discover(service: string): Promise<registryV1.DiscoverResponse> {
    return this.#unary(method.discover, { service });
  }

  getContract(digest: string): Promise<registryV1.GetContractResponse> {
    return this.#unary(method.getContract, { digest });
  }

  publishContract(
    request: Init<typeof registryV1.PublishContractRequestSchema>,
  ): Promise<registryV1.PublishContractResponse> {
    return this.#unary(method.publishContract, request);
  }

  /** What publishing a contract would change, and why it would be refused. */
  diffContract(request: Init<typeof registryV1.DiffContractRequestSchema>): Promise<registryV1.DiffContractResponse> {
    return this.#unary(method.diffContract, request);
  }

  /** The publications of a service, newest first. NOT_FOUND: it has none. */
  listPublications(service: string): Promise<registryV1.ListPublicationsResponse> {
    return this.#unary(method.listPublications, { service });
  }

  /** Puts an older contract in force again. */
  rollBackContract(
    request: Init<typeof registryV1.RollBackContractRequestSchema>,
  ): Promise<registryV1.RollBackContractResponse> {
    return this.#unary(method.rollBackContract, request);
  }

  /** Tells how an edge's calls to instances went, and what it calls: passive health for expiry and ejection. */
  reportOutcomes(
    request: Init<typeof registryV1.ReportOutcomesRequestSchema>,
  ): Promise<registryV1.ReportOutcomesResponse> {
    return this.#unary(method.reportOutcomes, request);
  }

  /**
   * Opens the change stream at the present address. When it can't be had, or breaks, the next one is opened elsewhere.
   * @param services empty: all
   * @returns what ends it; `end` isn't called after that. With `true` the registry is to blame (it is silent): calls go
   * elsewhere from then on
   */
  watch(services: readonly string[], handler: WatchHandler): (blame?: boolean) => void {
    const { input, output } = method.watch;
    const address = this.#addresses.current;
    const call = this.#addresses.client(address).makeServerStreamRequest(
      pathOf(method.watch),
      (request: registryV1.WatchRequest) => Buffer.from(toBinary(input, request)),
      (bytes: Buffer) => fromBinary(output, bytes),
      create(input, { services: [...services] }),
    );
    let over = false;
    const finish = (error: RegistryCallError): void => {
      if (over) return;
      over = true;
      if (error.unreached) this.#addresses.leave(address);
      handler.end(error);
    };
    call.on('data', (message: registryV1.WatchResponse) => {
      if (!over) handler.message(message);
    });
    call.on('error', (error: ServiceError) => finish(new RegistryCallError(error.code, error.details)));
    call.on('end', () => finish(new RegistryCallError(status.UNAVAILABLE, 'the registry ended the watch')));
    return (blame = false) => {
      over = true;
      if (blame) this.#addresses.leave(address);
      call.cancel();
    };
  }

  /** Ends all connections; pending calls fail. */
  close(): void {
    this.#addresses.close();
  }

  async #unary<I extends DescMessage, O extends DescMessage>(
    called: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const message = create(called.input, request);
    for (let left = this.#addresses.count; ; left--) {
      const address = this.#addresses.current;
      try {
        return await this.#call(address, called, message);
      } catch (thrown) {
        const error = asRegistryCallError(thrown);
        if (!error.unreached) throw error;
        this.#addresses.leave(address);
        if (left <= 1) throw error;
      }
    }
  }

  #call<I extends DescMessage, O extends DescMessage>(
    address: string,
    called: DescMethod & { input: I; output: O },
    request: MessageShape<I>,
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      this.#addresses.client(address).makeUnaryRequest(
        pathOf(called),
        (message: MessageShape<I>) => Buffer.from(toBinary(called.input, message)),
        (bytes: Buffer) => fromBinary(called.output, bytes),
        request,
        new Metadata(),
        { deadline: this.options.clock.now() + this.#timeoutMs },
        (error: ServiceError | null, response?: MessageShape<O>) =>
          error ? reject(callErrorOf(error)) : resolve(response!),
      );
    });
  }
}

const pathOf = (called: DescMethod): string => `/${called.parent.typeName}/${called.name}`;
