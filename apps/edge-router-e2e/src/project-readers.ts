import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, type JsonObject, type Message, toJson } from '@bufbuild/protobuf';
import { anyUnpack, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { googleRpc, RpcStatusSchema } from '@gateway/contracts';
import { grpcWebText } from '@gateway/testing';
import type { ServiceError } from '@grpc/grpc-js';
import { Agent, fetch as undiciFetch } from 'undici';
import { grpcCaller } from './grpc-client';
import { compileProto } from './temporary-service';

/** How a read ended: the project as JSON, or the code of gRPC with what the gateway says about it. */
export interface ReadEnd {
  readonly project?: JsonObject;
  readonly code?: number;
  readonly reason?: string;
}

/** Reads a project by `ProjectService/GetProject`, with a token or without. */
export type ProjectReader = (projectId: string, token: string | null) => Promise<ReadEnd>;

/** Clients of one edge that call the project service by its contract alone, each by another protocol. */
export interface ProjectReaders {
  readonly byProtocol: readonly (readonly [protocol: string, read: ProjectReader])[];
  close(): Promise<void>;
}

/** @param base such as `https://localhost:8443` */
export function projectReaders(base: string, caFile: string): ProjectReaders {
  const contract = compileProto(
    'project/v1/project_service.proto',
    readFileSync('protos/project/v1/project_service.proto', 'utf8'),
  );
  const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, contract)).getService(
    'project.v1.ProjectService',
  )!;
  const { getProject } = service.method as Record<string, (typeof service.methods)[number]>;
  const { output } = getProject!;
  const endOf = async (answer: Promise<Message>, failure: (error: unknown) => ReadEnd): Promise<ReadEnd> =>
    answer.then((project) => ({ project: toJson(output, project) as JsonObject }), failure);

  const caller = grpcCaller(new URL(base).host, null, caFile);
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  const trusting = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
  const overWeb = (using: typeof fetch): ProjectReader => {
    const client = createClient(service, createGrpcWebTransport({ baseUrl: base, fetch: using })) as unknown as {
      getProject(request: object, options: object): Promise<Message>;
    };
    return (projectId, token) => endOf(client.getProject({ projectId }, { headers: fields(token) }), webFailure);
  };
  return {
    byProtocol: [
      ['gRPC', (projectId, token) => endOf(caller.unary(getProject!, { projectId }, fields(token)), grpcFailure)],
      ['gRPC-Web', overWeb(trusting)],
      ['gRPC-Web as text', overWeb(grpcWebText(trusting))],
    ],
    async close() {
      caller.close();
      await dispatcher.close();
    },
  };
}

const fields = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

function webFailure(error: unknown): ReadEnd {
  const failure = ConnectError.from(error);
  return { code: failure.code, reason: failure.findDetails(googleRpc.ErrorInfoSchema)[0]?.reason };
}

function grpcFailure(error: unknown): ReadEnd {
  const { code, metadata } = error as ServiceError;
  const [bytes] = metadata.get('grpc-status-details-bin') as Buffer[];
  const details = bytes === undefined ? [] : fromBinary(RpcStatusSchema, bytes).details;
  const [info] = details.map((any) => anyUnpack(any, googleRpc.ErrorInfoSchema)).filter((each) => each !== undefined);
  return { code, reason: info?.reason };
}
