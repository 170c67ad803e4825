import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { systemClock } from '@gateway/clock';
import { GrpcPool } from '@gateway/grpc-pool';
import { loadIdentity, serviceNameOf, spiffeIdFor } from '@gateway/mtls';

type Method<I extends DescMessage, O extends DescMessage> = DescMethod & { input: I; output: O };

/** Calls services of one platform under any identity of its authority, over real mutual TLS. */
export class RpcCaller {
  readonly #closes: (() => void)[] = [];
  readonly #pools = new Map<string, GrpcPool>();

  /** @param identityDir the folder of an identity by its name */
  constructor(private readonly identityDir: (name: string) => string) {}

  /**
   * @param to who is expected at which port
   * @param as who calls; `metadata` is a flat list
   */
  async call<I extends DescMessage, O extends DescMessage>(
    to: { readonly name: string; readonly port: number },
    method: Method<I, O>,
    request: MessageInitShape<I>,
    as: { readonly identity: string; readonly metadata?: readonly string[] },
  ): Promise<MessageShape<O>> {
    const endpoint = { address: `127.0.0.1:${to.port}`, expect: spiffeIdFor(to.name) };
    const path = `/${method.parent.typeName}/${method.name}`;
    const options = { deadlineMs: 5_000, metadata: [...(as.metadata ?? [])] };
    const bytes = toBinary(method.input, create(method.input, request));
    return fromBinary(method.output, (await this.#poolOf(as.identity).unary(endpoint, path, bytes, options)).bytes);
  }

  /** The same for a method whose service streams; leaving the loop cancels the call. */
  async *stream<I extends DescMessage, O extends DescMessage>(
    to: { readonly name: string; readonly port: number },
    method: Method<I, O>,
    request: MessageInitShape<I>,
    as: { readonly identity: string; readonly metadata?: readonly string[] },
  ): AsyncGenerator<MessageShape<O>, void> {
    const endpoint = { address: `127.0.0.1:${to.port}`, expect: spiffeIdFor(to.name) };
    const path = `/${method.parent.typeName}/${method.name}`;
    const call = this.#poolOf(as.identity).stream(endpoint, path, { metadata: [...(as.metadata ?? [])] });
    call.send(toBinary(method.input, create(method.input, request)));
    call.end();
    for await (const bytes of call.messages) yield fromBinary(method.output, bytes);
  }

  close(): void {
    for (const close of this.#closes) close();
  }

  #poolOf(name: string): GrpcPool {
    const known = this.#pools.get(name);
    if (known) return known;
    const identity = loadIdentity(this.identityDir(name), { pollMs: 0 });
    const pool = new GrpcPool({
      clock: systemClock,
      credentialsFor: (expect) => ({
        credentials: identity.grpcClientCredentials({ expect }),
        // Node refuses an IP address as TLS server name.
        options: { 'grpc.ssl_target_name_override': serviceNameOf(expect) },
      }),
    });
    this.#closes.push(() => pool.close());
    this.#pools.set(name, pool);
    return pool;
  }
}
