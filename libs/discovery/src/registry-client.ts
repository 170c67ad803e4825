import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Clock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { RegistryCallError } from './registry-call-error';

/** How a registry is reached. */
export interface RegistryClientOptions {
  /** `host:port` of its gRPC listener. */
  readonly address: string;
  /** Mutual TLS that expects the registry's identity. */
  readonly credentials: ChannelCredentials;
  /** The clock of call deadlines: must run in real time, as the transport's does. */
  readonly clock: Clock;
  /** Milliseconds that a call may take; 3000 when not given. */
  readonly callTimeoutMs?: number;
}

/** What a watcher is told. */
export interface WatchHandler {
  message(message: registryV1.WatchResponse): void;
  /** The stream is over; nothing follows. */
  end(error: RegistryCallError): void;
}

type Init<Desc extends DescMessage> = MessageInitShape<Desc>;

const CHANNEL: ChannelOptions = {
  // A registry that is back must be noticed within a second.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A peer that vanished without a FIN is noticed by pings, also while a watch is quiet.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.use_local_subchannel_pool': 1,
};

const CALL_TIMEOUT_MS = 3_000;
const { method } = registryV1.RegistryService;

/** The registry's gRPC API. Every call has a deadline; a failed one rejects with RegistryCallError. */
export class RegistryClient {
  readonly #client: Client;

  constructor(private readonly options: RegistryClientOptions) {
    this.#client = new Client(options.address, options.credentials, CHANNEL);
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

  /** Tells how an edge's calls to instances went, and what it calls: passive health for expiry and ejection. */
  reportOutcomes(
    request: Init<typeof registryV1.ReportOutcomesRequestSchema>,
  ): Promise<registryV1.ReportOutcomesResponse> {
    return this.#unary(method.reportOutcomes, request);
  }

  /**
   * Opens the change stream.
   * @param services empty: all
   * @returns what ends it; `end` isn't called after that
   */
  watch(services: readonly string[], handler: WatchHandler): () => void {
    const { input, output } = method.watch;
    const call = this.#client.makeServerStreamRequest(
      pathOf(method.watch),
      (request: registryV1.WatchRequest) => Buffer.from(toBinary(input, request)),
      (bytes: Buffer) => fromBinary(output, bytes),
      create(input, { services: [...services] }),
    );
    let over = false;
    const finish = (error: RegistryCallError): void => {
      if (over) return;
      over = true;
      handler.end(error);
    };
    call.on('data', (message: registryV1.WatchResponse) => {
      if (!over) handler.message(message);
    });
    call.on('error', (error: ServiceError) => finish(new RegistryCallError(error.code, error.details)));
    call.on('end', () => finish(new RegistryCallError(status.UNAVAILABLE, 'the registry ended the watch')));
    return () => {
      over = true;
      call.cancel();
    };
  }

  /** Ends all connections; pending calls fail. */
  close(): void {
    this.#client.close();
  }

  #unary<I extends DescMessage, O extends DescMessage>(
    called: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const { clock, callTimeoutMs = CALL_TIMEOUT_MS } = this.options;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        pathOf(called),
        (message: MessageShape<I>) => Buffer.from(toBinary(called.input, message)),
        (bytes: Buffer) => fromBinary(called.output, bytes),
        create(called.input, request),
        new Metadata(),
        { deadline: clock.now() + callTimeoutMs },
        (error: ServiceError | null, response?: MessageShape<O>) =>
          error ? reject(new RegistryCallError(error.code, error.details)) : resolve(response!),
      );
    });
  }
}

const pathOf = (called: DescMethod): string => `/${called.parent.typeName}/${called.name}`;
