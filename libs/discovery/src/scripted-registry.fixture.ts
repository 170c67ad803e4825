import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  credentials,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { registryV1 } from '@gateway/contracts';
import { createAuthority } from '@gateway/testing';

/** A failure that the script answers with. */
export class Refuse {
  constructor(
    readonly code: status,
    readonly details = 'scripted',
  ) {}
}

type Stream = ServerWritableStream<registryV1.WatchRequest, MessageInitShape<typeof registryV1.WatchResponseSchema>>;

/** A registry that does what a test says, on a real gRPC port with real TLS. */
export class ScriptedRegistry {
  /** What it was asked, in order. */
  readonly registered: registryV1.RegisterRequest[] = [];
  readonly renewed: registryV1.RenewRequest[] = [];
  readonly deregistered: string[] = [];
  readonly fetched: string[] = [];
  readonly watches: registryV1.WatchRequest[] = [];
  /** What it answers; replaced by tests. */
  onRegister: () => MessageInitShape<typeof registryV1.RegisterResponseSchema> | Refuse = () => ({
    leaseId: `lease-${this.registered.length}`,
    lease: { seconds: 9n },
  });
  onRenew: () => MessageInitShape<typeof registryV1.RenewResponseSchema> | Refuse = () => ({ lease: { seconds: 9n } });
  onWatch: () => MessageInitShape<typeof registryV1.WatchResponseSchema> | Refuse | null = () => null;
  readonly contracts = new Map<string, Uint8Array>();
  #streams = new Set<Stream>();
  #server: Server | null = null;
  #port = 0;

  private constructor(
    private readonly folder: string,
    private readonly identity: { ca: Buffer; key: Buffer; cert: Buffer },
  ) {}

  /** Starts another one whose certificate the first one's clients accept. */
  static async beside(first: ScriptedRegistry): Promise<ScriptedRegistry> {
    const registry = new ScriptedRegistry(mkdtempSync(join(tmpdir(), 'scripted-registry-')), first.identity);
    await registry.open();
    return registry;
  }

  /** Makes one with certificates of its own, and starts it. */
  static async start(): Promise<ScriptedRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'scripted-registry-'));
    const dir = await (await createAuthority(folder)).issue('registry-daemon');
    const [ca, key, cert] = ['ca', 'key', 'cert'].map((name) => readFileSync(join(dir, `${name}.pem`)));
    const registry = new ScriptedRegistry(folder, { ca: ca!, key: key!, cert: cert! });
    await registry.open();
    return registry;
  }

  /** A folder with its certificate, key and CA. */
  get identityDir(): string {
    return join(this.folder, 'registry-daemon');
  }

  get address(): string {
    return `localhost:${this.#port}`;
  }

  get clientCredentials(): ChannelCredentials {
    const { ca, key, cert } = this.identity;
    return credentials.createSsl(ca, key, cert);
  }

  get serverCredentials(): ServerCredentials {
    const { ca, key, cert } = this.identity;
    return ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true);
  }

  /** Open watches. */
  get watching(): number {
    return this.#streams.size;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    const server = new Server();
    server.addService(definitionOf(registryV1.RegistryService), this.#handlers());
    this.#port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`localhost:${this.#port}`, this.serverCredentials, (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    this.#server = server;
  }

  /** As if it had died. */
  shut(): void {
    this.#server?.forceShutdown();
    this.#server = null;
    this.#streams.clear();
  }

  /** Says something to every watcher. */
  tell(message: MessageInitShape<typeof registryV1.WatchResponseSchema>): void {
    for (const stream of this.#streams) stream.write(create(registryV1.WatchResponseSchema, message));
  }

  /** Ends every watch; with an error when one is given. */
  endWatches(refuse?: Refuse): void {
    for (const stream of this.#streams) {
      if (refuse) stream.emit('error', { code: refuse.code, details: refuse.details });
      else stream.end();
    }
    this.#streams.clear();
  }

  close(): void {
    this.shut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #handlers(): UntypedServiceImplementation {
    return {
      register: unary((request: registryV1.RegisterRequest) => (this.registered.push(request), this.onRegister())),
      renew: unary((request: registryV1.RenewRequest) => (this.renewed.push(request), this.onRenew())),
      deregister: unary(({ leaseId }: registryV1.DeregisterRequest) => (this.deregistered.push(leaseId), {})),
      discover: unary(() => ({ revision: { epoch: 'e', n: 1n } })),
      publishContract: unary(() => ({ digest: 'd' })),
      getContract: unary(({ digest }: registryV1.GetContractRequest) => {
        this.fetched.push(digest);
        const descriptorSet = this.contracts.get(digest);
        return descriptorSet ? { descriptorSet } : new Refuse(status.NOT_FOUND);
      }),
      watch: (stream: Stream) => {
        this.watches.push(stream.request);
        const first = this.onWatch();
        if (first instanceof Refuse) return void stream.emit('error', { code: first.code, details: first.details });
        this.#streams.add(stream);
        stream.on('cancelled', () => this.#streams.delete(stream));
        if (first) stream.write(create(registryV1.WatchResponseSchema, first));
      },
    };
  }
}

const unary =
  <Request>(answer: (request: Request) => object | Refuse) =>
  (call: ServerUnaryCall<Request, object>, callback: sendUnaryData<object>): void => {
    const given = answer(call.request);
    if (given instanceof Refuse) callback({ code: given.code, details: given.details });
    else callback(null, given);
  };

const definitionOf = (service: DescService): ServiceDefinition =>
  Object.fromEntries(service.methods.map((method) => [method.localName, methodDefinition(method)]));

const methodDefinition = (method: DescMethod) => ({
  path: `/${method.parent.typeName}/${method.name}`,
  requestStream: false,
  responseStream: method.methodKind === 'server_streaming',
  requestSerialize: (value: Message) => Buffer.from(toBinary(method.input, value)),
  requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
  responseSerialize: (value: object) =>
    Buffer.from(toBinary(method.output, create(method.output, value as MessageInitShape<typeof method.output>))),
  responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
});
