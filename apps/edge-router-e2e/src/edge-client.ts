import { readFileSync } from 'node:fs';
import { Agent, request, type Dispatcher } from 'undici';

/** A response with its body parsed as JSON when it says it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  /** The parsed JSON, or the text. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a black box: the assertion is the type
  readonly body: any;
}

/** What a call carries beside its method and path. */
export interface CallOptions {
  token?: string;
  json?: unknown;
  /** A body as it is, in the place of `json`. */
  text?: string;
  headers?: Record<string, string>;
  /** Milliseconds until the client gives up. Default 20 s. */
  timeout?: number;
}

/** A client of one edge over HTTPS that trusts the platform's development CA. */
export interface EdgeClient {
  call(method: Dispatcher.HttpMethod, path: string, options?: CallOptions): Promise<Answer>;
  /** @returns an access token */
  login(email: string, password: string): Promise<string>;
  /** Whether a failed call never left this client: its connection, TLS handshake included, was never established. */
  neverSent(error: unknown): boolean;
  close(): Promise<void>;
}

export const ADA = ['ada@example.com', 'analytical-engine-1843'] as const;
export const BOB = ['bob@example.com', 'difference-engine-1822'] as const;
/** She has the scope registry:admin. */
export const GRACE = ['grace@example.com', 'mark-one-compiler-1952'] as const;

/** @param base such as `https://localhost:8443` */
export function edgeClient(base: string, caFile: string): EdgeClient {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) }, pipelining: 1 });
  const neverSent = new WeakSet<object>();
  dispatcher.on('connectionError', (_origin, _targets, error) => neverSent.add(error));
  const call: EdgeClient['call'] = async (
    method,
    path,
    { token, json, text: raw, headers = {}, timeout = 20_000 } = {},
  ) => {
    const all: Record<string, string> = { ...headers };
    if (token) all['authorization'] = `Bearer ${token}`;
    if (json !== undefined) all['content-type'] = 'application/json';
    const body = json === undefined ? raw : JSON.stringify(json);
    const signal = AbortSignal.timeout(timeout);
    const response = await request(base + path, { method, headers: all, body, dispatcher, signal });
    const text = await response.body.text();
    const isJson = /\bjson\b/.test(String(response.headers['content-type'] ?? ''));
    return { status: response.statusCode, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
  };
  return {
    call,
    async login(email, password) {
      const { status, body } = await call('POST', '/api/v1/auth/login', { json: { email, password } });
      if (status !== 200) throw new Error(`Login answered ${status}: ${JSON.stringify(body)}`);
      return body.accessToken;
    },
    neverSent: (error) => neverSent.has(error as object),
    close: () => dispatcher.close(),
  };
}

/** What every error of the platform looks like, whatever its cause (RFC 9457). */
export function problemOf(answer: Answer): { code: string; status: number; requestId: string; detail?: string } {
  const type = String(answer.headers['content-type']);
  if (!type.startsWith('application/problem+json')) throw new Error(`Not a problem: ${answer.status} ${type}`);
  for (const key of ['type', 'title', 'status', 'code', 'requestId', 'instance'])
    if (!(key in answer.body)) throw new Error(`A problem without ${key}: ${JSON.stringify(answer.body)}`);
  if (answer.body.status !== answer.status)
    throw new Error(`The problem says ${answer.body.status}, not ${answer.status}`);
  return answer.body;
}
