import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@gateway/testing';

const PATH = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';
const TOKEN = 'the-account-token';

/** The part of a Kubernetes API server that serves EndpointSlices, over TLS, doing what a test says. */
export class ScriptedKubernetes {
  /** What lists contain. */
  items: unknown[] = [];
  version = '100';
  /** When set, lists are answered with this status, or with this body. */
  listStatus = 200;
  listBody: unknown;
  /** When set, watches are answered with this status. */
  watchStatus = 200;
  /** Query strings of lists and watches, in order. */
  readonly lists: URLSearchParams[] = [];
  readonly watches: URLSearchParams[] = [];
  readonly unauthorized: string[] = [];
  #server: Server | null = null;
  #streams = new Set<ServerResponse>();
  #port = 0;

  private constructor(
    private readonly folder: string,
    private readonly tls: { key: Buffer; cert: Buffer },
    caFile: string,
  ) {
    this.#caFile = caFile;
  }

  readonly #caFile: string;

  static async start(): Promise<ScriptedKubernetes> {
    const folder = mkdtempSync(join(tmpdir(), 'scripted-kubernetes-'));
    const authority = await createAuthority(folder);
    const dir = await authority.issue('localhost', { spiffe: false, folder: join(folder, 'tls') });
    const [key, cert] = ['key', 'cert'].map((name) => readFileSync(join(dir, `${name}.pem`)));
    const api = new ScriptedKubernetes(folder, { key: key!, cert: cert! }, authority.caFile);
    await api.open();
    return api;
  }

  /** A kubeconfig for it. */
  get kubeconfig(): string {
    const file = join(this.folder, 'kubeconfig');
    const config = {
      clusters: [
        { name: 'c', cluster: { server: `https://localhost:${this.#port}`, 'certificate-authority': this.#caFile } },
      ],
      users: [{ name: 'u', user: { token: TOKEN } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    // YAML contains JSON.
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Open watches. */
  get watching(): number {
    return this.#streams.size;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    const server = createServer(this.tls, (request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, 'localhost', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As if it had died. */
  async shut(): Promise<void> {
    this.#streams.clear();
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    this.#server = null;
  }

  /** Says something to every watcher: an event, or a line that is none. */
  tell(event: { type: string; object: unknown } | string): void {
    const line = typeof event === 'string' ? event : JSON.stringify(event);
    for (const stream of this.#streams) stream.write(`${line}\n`);
  }

  /** Ends every watch, as API servers do after some minutes. */
  endWatches(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  /** Breaks every watch's connection. */
  cutWatches(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  async close(): Promise<void> {
    await this.shut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'https://localhost');
    if (request.headers.authorization !== `Bearer ${TOKEN}`) this.unauthorized.push(url.pathname);
    if (url.pathname !== PATH) return void response.writeHead(404).end();
    if (url.searchParams.get('watch') === 'true') this.#watch(url.searchParams, response);
    else this.#list(url.searchParams, response);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    this.lists.push(query);
    const list = { kind: 'EndpointSliceList', metadata: { resourceVersion: this.version }, items: this.items };
    response.writeHead(this.listStatus, { 'content-type': 'application/json' });
    response.end(JSON.stringify(this.listBody ?? list));
  }

  #watch(query: URLSearchParams, response: ServerResponse): void {
    this.watches.push(query);
    response.writeHead(this.watchStatus, { 'content-type': 'application/json' });
    if (this.watchStatus !== 200) return void response.end();
    response.flushHeaders();
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }
}
