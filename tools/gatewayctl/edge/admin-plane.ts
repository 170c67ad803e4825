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

/**
 * Asks an edge's admin plane for JSON.
 * @param accept statuses that have an answer beside 200: an unwell platform is one
 * @throws Failure
 */
export async function askEdge({ edge }: EdgeOptions, path: string, accept: readonly number[] = []): Promise<unknown> {
  if (!URL.canParse(path, edge)) throw new Failure(EXIT.usage, `--edge ${edge} is not a URL`);
  const response = await fetch(new URL(path, edge), { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: Error) => {
      const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
      throw new Failure(EXIT.unreachable, `the edge at ${edge} can't be reached: ${code ?? message}`);
    },
  );
  const said = `the edge at ${edge} answers ${path} with`;
  if (response.status === BAD_REQUEST) throw new Failure(EXIT.usage, await detailOf(response));
  if (!response.ok && !accept.includes(response.status))
    throw new Failure(EXIT.unreachable, `${said} status ${response.status}`);
  return response.json().catch(() => {
    throw new Failure(EXIT.unreachable, `${said} something other than JSON`);
  });
}

/** What a problem document says. */
async function detailOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => null);
  return String((problem as { detail?: unknown } | null)?.detail ?? 'the edge cannot read the question');
}
