import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What keeps a command from doing its work, said to people in a line or a few. It has no stack worth seeing. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** Runs a command's main function; its result is the exit code, a Problem is shown and is exit code 1. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Reads the command line. @throws Problem with `usage` when it can't be read */
export function readArguments<T extends ParseArgsConfig>(config: T, usage: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Problem(`${(error as Error).message}\nusage: ${usage}`);
  }
}
