import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@gateway/testing';
import { answering, nginx, proxying } from './nginx';
import { startPinned, type Program } from './process';

/** The gateway has one core to itself; load and upstreams share the other. */
export const GATEWAY_CPU = 0;
export const LOAD_CPU = 1;

const BODY_BYTES = 1024;

/** What the programs of a run need. */
export interface Bench {
  /** A folder for configuration files. */
  readonly folder: string;
  /** The pinned Node. */
  readonly node: string;
  /** The built edge-router. */
  readonly edge: string;
  /** Builds a peer's source and returns the file to run. */
  readonly peer: (name: string) => Promise<string>;
  /** Folders with cert.pem, key.pem and ca.pem. */
  readonly identities: { readonly edge: string; readonly service: string };
  /** The descriptor set of `proto/`. */
  readonly descriptors: string;
}

/** A program under test with the address to load. */
export interface Contender {
  readonly name: string;
  start(): Promise<{ program: Program; url: string }>;
}

/** Two programs that do the same work before the same upstream. */
export interface Case {
  readonly name: string;
  /** wrk script, when the requests have a body. */
  readonly script?: string;
  readonly upstream: () => Promise<Program>;
  readonly ours: Contender;
  readonly peer: Contender;
}

const STANDALONE = {
  EDGE_HTTP_MODE: 'serve',
  EDGE_HTTPS_PORT: '',
  GATEWAY_LOG_LEVEL: 'warn',
};

async function edge(bench: Bench, name: string, path: string, env: Record<string, string>): Promise<Contender> {
  const [port, admin] = [await freePort(), await freePort()];
  const all = { ...STANDALONE, ...env, EDGE_HTTP_PORT: String(port), EDGE_ADMIN_PORT: String(admin) };
  return {
    name,
    start: async () => ({
      program: await startPinned(GATEWAY_CPU, [bench.node, bench.edge], port, all),
      url: `http://127.0.0.1:${port}${path}`,
    }),
  };
}

/** HTTP/1.1 to HTTP/1.1, 1 KiB body, against a peer on the same upstream. */
export async function httpProxy(bench: Bench, peer: 'nginx' | 'fastify-http-proxy'): Promise<Case> {
  const [upstreamPort, port] = [await freePort(), await freePort()];
  const upstream = nginx(bench.folder, `upstream-${peer}`, answering(upstreamPort, BODY_BYTES));
  const routes = join(bench.folder, `routes-${peer}.yaml`);
  writeFileSync(
    routes,
    `defaults: { policy: { auth: { mode: NONE } } }
routes:
  - id: all
    match: { path: "/{rest=**}" }
    upstream: { urls: ["http://127.0.0.1:${upstreamPort}"], protocol: http1 }
`,
  );
  const command =
    peer === 'nginx'
      ? nginx(bench.folder, 'peer', proxying(port, upstreamPort))
      : [bench.node, await bench.peer('fastify-http-proxy')];
  return {
    name: `HTTP → HTTP, against ${peer}`,
    upstream: () => startPinned(LOAD_CPU, upstream, upstreamPort),
    ours: await edge(bench, 'edge-router', '/', { EDGE_ROUTES_FILE: routes }),
    peer: {
      name: peer,
      start: async () => ({
        program: await startPinned(GATEWAY_CPU, command, port, { PORT: String(port), UPSTREAM: String(upstreamPort) }),
        url: `http://127.0.0.1:${port}/`,
      }),
    },
  };
}

const GRPC_SCRIPT = `wrk.method = "POST"
wrk.body = '{"id":"42","text":"${'y'.repeat(200)}","numbers":[1,2,3,4,5,6,7,8],"flag":true}'
wrk.headers["content-type"] = "application/json"
`;

/** JSON to a unary gRPC call over mutual TLS and back, against the least program that does it with grpc-js. */
export async function jsonToGrpc(bench: Bench): Promise<Case> {
  const [upstreamPort, port] = [await freePort(), await freePort()];
  const script = join(bench.folder, 'echo.lua');
  writeFileSync(script, GRPC_SCRIPT);
  const [upstream, client] = [await bench.peer('grpc-upstream'), await bench.peer('grpc-js-client')];
  return {
    name: 'JSON → gRPC (mTLS), against a bare grpc-js client',
    script,
    upstream: () =>
      startPinned(LOAD_CPU, [bench.node, upstream], upstreamPort, {
        PORT: String(upstreamPort),
        IDENTITY: bench.identities.service,
      }),
    ours: await edge(bench, 'edge-router', '/echo', {
      EDGE_PROTOS: bench.descriptors,
      BENCH_SERVICE_GRPC: `localhost:${upstreamPort}`,
      GATEWAY_IDENTITY_DIR: bench.identities.edge,
    }),
    peer: {
      name: 'grpc-js client',
      start: async () => ({
        program: await startPinned(GATEWAY_CPU, [bench.node, client], port, {
          PORT: String(port),
          UPSTREAM: String(upstreamPort),
          IDENTITY: bench.identities.edge,
          DESCRIPTORS: bench.descriptors,
        }),
        url: `http://127.0.0.1:${port}/echo`,
      }),
    },
  };
}
