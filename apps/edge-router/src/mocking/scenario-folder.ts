import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '@gateway/clock';
import { parseScenario, type Scenario, ScenarioError } from '@gateway/mocking';

/** A scenario and the text that it was read from. */
export interface ScenarioSource {
  readonly scenario: Scenario;
  readonly text: string;
}

/** Scenario files that can't be used. */
export class ScenarioFolderError extends Error {
  override readonly name = 'ScenarioFolderError';

  /** @param problems each with the file and the offending key */
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const FILE = /^(?!\.)(.+)\.ya?ml$/;
/** How often the folder is looked at, in milliseconds. By polling, for the reasons that WatchedFile has. */
const POLL_MS = 500;

/**
 * The scenarios of a folder (`*.yaml`, `*.yml`), sorted by file.
 * @throws ScenarioFolderError with the problems of every file
 */
export function readScenarios(folder: string): ScenarioSource[] {
  const problems: string[] = [];
  const sources = filesOf(folder).flatMap((file): ScenarioSource[] => {
    try {
      const text = readFileSync(join(folder, file), 'utf8');
      return [{ scenario: parseScenario(text, FILE.exec(file)![1]!), text }];
    } catch (error) {
      const details = error instanceof ScenarioError ? error.problems : [(error as Error).message];
      problems.push(...details.map((detail) => `${file}: ${detail}`));
      return [];
    }
  });
  const names = sources.map(({ scenario }) => scenario.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`two files have a scenario "${twice}"`);
  if (problems.length > 0) throw new ScenarioFolderError(problems);
  return sources;
}

/** What is wrong with a folder's scenarios, a line per problem. Empty: they can be used. */
export function scenarioProblems(folder: string): string[] {
  try {
    readScenarios(folder);
    return [];
  } catch (error) {
    return error instanceof ScenarioFolderError ? [...error.problems] : [(error as Error).message];
  }
}

/** Tells when the scenarios of a folder have changed. */
export class WatchedScenarios {
  private readonly timer: Timer;
  private seen: string;

  /** @param onChange gets the scenarios, or why they can't be used */
  constructor(
    private readonly folder: string,
    clock: Pick<Clock, 'every'>,
    private readonly onChange: (sources: readonly ScenarioSource[] | ScenarioFolderError) => void,
  ) {
    this.seen = fingerprintOf(folder);
    this.timer = clock.every(POLL_MS, () => this.look());
  }

  close(): void {
    this.timer.cancel();
  }

  private look(): void {
    const found = fingerprintOf(this.folder);
    if (found === this.seen) return;
    this.seen = found;
    this.onChange(attempt(this.folder));
  }
}

function attempt(folder: string): readonly ScenarioSource[] | ScenarioFolderError {
  try {
    return readScenarios(folder);
  } catch (error) {
    return error instanceof ScenarioFolderError ? error : new ScenarioFolderError([(error as Error).message]);
  }
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => FILE.test(file))
    .sort();

function fingerprintOf(folder: string): string {
  try {
    const prints = filesOf(folder).map((file) => {
      const { ino, size, mtimeMs } = statSync(join(folder, file));
      return `${file} ${ino} ${size} ${mtimeMs}`;
    });
    return prints.join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}
