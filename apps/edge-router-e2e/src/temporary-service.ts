import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';

/** A gRPC service that exists only for one test. */
export interface TemporaryService {
  /** host:port */
  readonly address: string;
  readonly descriptorSet: Buffer;
  /** Answered calls. */
  readonly calls: number;
  stop(): Promise<void>;
}

/**
 * Compiles a `.proto` with everything that the platform provides for imports.
 * @param name path below the import root, such as `shop/v1/shop.proto`
 */
export function compileProto(name: string, source: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-proto-'));
  try {
    for (const provided of ['google', 'buf', 'gateway'])
      cpSync(join('protos', provided), join(folder, provided), { recursive: true });
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), source);
    const output = join(folder, 'out.binpb');
    execFileSync('node_modules/.bin/buf', ['build', folder, '--path', join(folder, name), '-o', output]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Serves every unary method of one service by returning its request's bytes, so that request and response must be of one shape.
 * @param identity folder with cert.pem, key.pem, ca.pem
 * @param delay milliseconds before each answer
 */
export async function serveEcho(
  descriptorSet: Buffer,
  service: string,
  identity: string,
  delay = 0,
): Promise<TemporaryService> {
  const methods = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet)).getService(service)!.methods;
  const same = (value: Buffer): Buffer => value;
  const server = new Server();
  let calls = 0;
  const echo: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
    calls++;
    setTimeout(() => answer(null, call.request), delay);
  };
  const definition = methods.map((method) => ({
    path: `/${service}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  }));
  server.addService(
    Object.fromEntries(methods.map((method, i) => [method.name, definition[i]!])),
    Object.fromEntries(methods.map((method) => [method.name, echo])),
  );
  const pem = (name: string): Buffer => readFileSync(join(identity, `${name}.pem`));
  const secure = ServerCredentials.createSsl(pem('ca'), [{ private_key: pem('key'), cert_chain: pem('cert') }], true);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('localhost:0', secure, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    address: `localhost:${port}`,
    descriptorSet,
    get calls() {
      return calls;
    },
    stop: async () => server.forceShutdown(),
  };
}
