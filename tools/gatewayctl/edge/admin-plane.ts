import { EXIT, Failure } from '../failure';

/** The options of commands that ask an edge. */
export interface EdgeOptions {
  /** `http://host:port` of its admin plane. */
  readonly edge: string;
  readonly json?: boolean;
}

/** The command line asks for what can't be. */
const BAD_REQUEST = 400;

/** Milliseconds for an answer. A health tree asks the whole platform first. */
const TIMEOUT_MS = 10_000;
const INTERNAL_ERROR = 500;

/**
 * Asks an edge's admin plane for JSON.
 * @param accept statuses that have an answer beside 200: an unwell platform is one
 * @throws Failure
 */
export async function askEdge(options: EdgeOptions, path: string, accept: readonly number[] = []): Promise<unknown> {
  const response = await reach(options, path, {});
  if (response.status === BAD_REQUEST) throw new Failure(EXIT.usage, await detailOf(response));
  if (!response.ok && !accept.includes(response.status)) throw unexpected(options, path, `status ${response.status}`);
  return response.json().catch(() => {
    throw unexpected(options, path, 'something other than JSON');
  });
}

/**
 * Tells an edge's admin plane something, or asks it for a text.
 * @param body absent: it is only asked
 * @throws Failure, also with what the edge has against it
 */
export async function tellEdge(options: EdgeOptions, path: string, body?: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await reach(
    options,
    path,
    body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  if (response.ok) return response.text();
  if (response.status >= INTERNAL_ERROR) throw unexpected(options, path, `status ${response.status}`);
  throw new Failure(EXIT.usage, await detailOf(response));
}

function reach({ edge }: EdgeOptions, path: string, init: RequestInit): Promise<Response> {
  if (!URL.canParse(path, edge)) throw new Failure(EXIT.usage, `--edge ${edge} is not a URL`);
  return fetch(new URL(path, edge), { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
    throw new Failure(EXIT.unreachable, `the edge at ${edge} can't be reached: ${code ?? message}`);
  });
}

const unexpected = ({ edge }: EdgeOptions, path: string, what: string): Failure =>
  new Failure(EXIT.unreachable, `the edge at ${edge} answers ${path} with ${what}`);

/** What a problem document says. */
async function detailOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => null);
  return String((problem as { detail?: unknown } | null)?.detail ?? 'the edge cannot read the question');
}
