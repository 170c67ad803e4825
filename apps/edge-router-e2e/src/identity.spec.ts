import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { connect, type SecureContextOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { GrpcStatus } from '@gateway/errors';
import { registryV1 } from '@gateway/contracts';
import { createAuthority, startPlatform, type Authority, type Platform } from '@gateway/testing';
import { grpcCaller } from './grpc-client';
import { compileProto } from './temporary-service';

let platform: Platform;
let foreign: Authority;
let ports: [string, string][];

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 1 });
  foreign = await createAuthority(mkdtempSync(join(tmpdir(), 'gateway-foreign-')));
  ports = [
    ['registry-daemon', platform.registry.grpcAddress],
    ['auth-proxy', platform.authProxy.grpcAddress],
    ['ws-node', platform.wsNodes[0]!.grpcAddress],
    ['auth-service', platform.mocks.addresses.auth],
    ['project-service', platform.mocks.addresses.project],
    ['simulation-service', platform.mocks.addresses.simulation],
    ['echo-service', platform.mocks.addresses.echo],
  ];
});
afterAll(() => platform?.stop());

/** Whether a server talks to a client with these credentials: it must send a byte or keep the connection for a while. */
function isServed(address: string, options: SecureContextOptions): Promise<boolean> {
  const port = Number(address.split(':').at(-1));
  return new Promise((resolve) => {
    const socket = connect({
      port,
      host: 'localhost',
      ca: readFileSync(platform.caFile),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...options,
    });
    // TLS 1.3 refuses a client's certificate only after the client's own handshake: wait for what follows.
    socket.once('secureConnect', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'));
    socket.once('data', () => resolve(true) ?? socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.setTimeout(5000, () => resolve(true) ?? socket.destroy());
  });
}

const pair = (folder: string): SecureContextOptions => ({
  cert: readFileSync(join(folder, 'cert.pem')),
  key: readFileSync(join(folder, 'key.pem')),
});

test('a valid identity is served on every service port: the refusals below mean something', async () => {
  const valid = pair(await platform.authority.issue('edge-router', { folder: join(platform.folder, 'valid') }));
  for (const [name, address] of ports) expect([name, await isServed(address, valid)]).toEqual([name, true]);
});

test('no certificate, a foreign authority, an expired certificate: refused on every service port', async () => {
  const expired = pair(
    await platform.authority.issue('edge-router', { expired: true, folder: join(platform.folder, 'old') }),
  );
  const stranger = pair(await foreign.issue('edge-router'));
  for (const [name, address] of ports)
    for (const [kind, options] of Object.entries({ none: {}, expired, stranger }))
      expect([name, kind, await isServed(address, options)]).toEqual([name, kind, false]);
});

test('a valid certificate of ws-node may not register as project-service', async () => {
  const caller = grpcCaller(platform.registry.grpcAddress, platform.identity('ws-node'), platform.caFile);
  const instance = { id: 'x', service: 'project-service', address: 'localhost:1', protocol: registryV1.Protocol.GRPC };
  await expect(caller.unary(registryV1.RegistryService.method.register, { instance })).rejects.toMatchObject({
    code: GrpcStatus.PERMISSION_DENIED,
  });
  caller.close();
});

test('a valid certificate of ws-node may not call UpdateProject', async () => {
  const set = compileProto(
    'project/v1/project_service.proto',
    readFileSync('protos/project/v1/project_service.proto', 'utf8'),
  );
  const project = createFileRegistry(fromBinary(FileDescriptorSetSchema, set)).getService('project.v1.ProjectService')!;
  const caller = grpcCaller(platform.mocks.addresses.project, platform.identity('ws-node'), platform.caFile);
  const request = { projectId: 'p1', name: 'taken' };
  await expect(
    caller.unary(project.method['updateProject']!, request as never, { 'x-user-id': 'u-ada' }),
  ).rejects.toMatchObject({ code: GrpcStatus.PERMISSION_DENIED });
  caller.close();
});
