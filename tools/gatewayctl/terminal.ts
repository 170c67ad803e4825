/** Where a command reads and writes. */
export interface Terminal {
  /** Writes a line, or several, to standard output. */
  out(text: string): void;
  /** Writes a line to standard error. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the command was typed: relative paths are meant from there. */
  readonly cwd: string;
  /** Resolves when the command is to end: Ctrl-C. */
  readonly interrupted: Promise<void>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    // `… | head` is an end, not an error.
    stdout.once('error', () => resolve());
  });
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    env,
    cwd: env['INIT_CWD'] ?? process.cwd(),
    interrupted,
  };
}
