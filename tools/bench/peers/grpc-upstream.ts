// The gRPC service behind both sides of the JSON→gRPC case: answers with the bytes it got.
// PORT: on 127.0.0.1; IDENTITY: a folder with cert.pem, key.pem, ca.pem.
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';

const { PORT, IDENTITY } = process.env;
const pem = (name: string): Buffer => readFileSync(`${IDENTITY}/${name}.pem`);
const same = (value: Buffer): Buffer => value;
const unary = {
  path: '/bench.v1.BenchService/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};
const echo: handleUnaryCall<Buffer, Buffer> = (call, answer) => answer(null, call.request);
const server = new Server();
server.addService({ Echo: unary }, { Echo: echo });
const pair = { private_key: pem('key'), cert_chain: pem('cert') };
server.bindAsync(`127.0.0.1:${PORT}`, ServerCredentials.createSsl(pem('ca'), [pair], true), (error) => {
  if (error) throw error;
});
