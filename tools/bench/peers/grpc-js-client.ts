// The least program that turns JSON into a gRPC call: node:http, JSON.parse, protobuf-es, a grpc-js client over mutual TLS.
// PORT, UPSTREAM: ports on 127.0.0.1; IDENTITY: a folder with cert.pem, key.pem, ca.pem; DESCRIPTORS: a descriptor set.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createFileRegistry, fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';

const { PORT, UPSTREAM, IDENTITY, DESCRIPTORS } = process.env;
const pem = (name: string): Buffer => readFileSync(`${IDENTITY}/${name}.pem`);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(DESCRIPTORS!)));
const method = registry.getService('bench.v1.BenchService')!.method['echo']!;
const client = new Client(`localhost:${UPSTREAM}`, credentials.createSsl(pem('ca'), pem('key'), pem('cert')));
const serialize = (value: Buffer): Buffer => value;

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const message = fromJsonString(method.input, Buffer.concat(chunks).toString());
    const bytes = Buffer.from(toBinary(method.input, message));
    client.makeUnaryRequest('/bench.v1.BenchService/Echo', serialize, serialize, bytes, (error, answer) => {
      const body = error ? error.message : toJsonString(method.output, fromBinary(method.output, answer!));
      response.writeHead(error ? 500 : 200, { 'content-type': 'application/json' }).end(body);
    });
  });
}).listen(Number(PORT), '127.0.0.1');
