import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@gateway/clock';
import { ConfigError } from '@gateway/config';
import { ERRORS, fromGrpcStatus, GatewayError } from '@gateway/errors';
import { type Fault, parseScenario, type ScenarioCall, ScenarioError, ScenarioPlayer } from '@gateway/mocking';

const FILE = /^(?!\.)(.+)\.ya?ml$/;

/**
 * The scenarios of a folder, by name.
 * @throws ConfigError with every problem, its file and its key
 */
export function loadScenarios(folder: string): Map<string, ScenarioPlayer> {
  const problems: string[] = [];
  const players = new Map<string, ScenarioPlayer>();
  for (const file of readdirSync(folder).sort()) {
    const [, name] = FILE.exec(file) ?? [];
    if (name === undefined) continue;
    try {
      const scenario = parseScenario(readFileSync(join(folder, file), 'utf8'), name);
      players.set(scenario.name, new ScenarioPlayer(scenario));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(...error.problems.map((problem) => `MOCK_SCENARIOS: ${file}: ${problem}`));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return players;
}

/**
 * What the services do to calls before they answer for real: wait and fail, as the scenario has it that is on. None is at
 * first. Answers of scenarios aren't used: these services have their own.
 */
export class StageDirections {
  private on: ScenarioPlayer | null = null;

  constructor(
    private readonly players: ReadonlyMap<string, ScenarioPlayer>,
    private readonly clock: Pick<Clock, 'sleep'>,
  ) {}

  /** The scenario that is on; null: none. */
  get current(): ScenarioPlayer | null {
    return this.on;
  }

  names(): string[] {
    return [...this.players.keys()];
  }

  /** Puts a scenario on, from its beginning; null: none. @returns false: there is no such scenario */
  use(name: string | null): boolean {
    const player = name === null ? null : this.players.get(name);
    if (player === undefined) return false;
    player?.reset();
    this.on = player;
    return true;
  }

  /** Whether calls have to be asked about. */
  get isOn(): boolean {
    return this.on !== null;
  }

  /**
   * Plays a call: resolves when the service may answer. All calls are one story.
   * @throws GatewayError what the call fails with
   */
  async play(call: Omit<ScenarioCall, 'session'>): Promise<void> {
    const decision = this.on?.play({ ...call, session: '' });
    if (decision === undefined) return;
    if (decision.latencyMs > 0) await this.clock.sleep(decision.latencyMs);
    if (decision.fault !== null) throw failureOf(decision.fault);
  }
}

/** What breaks a connection at a gateway is a service that isn't there. */
function failureOf(fault: Fault): GatewayError {
  if (fault.kind === 'grpc') return fromGrpcStatus(fault.status, fault.message);
  if (fault.kind === 'http') return fromGrpcStatus(ERRORS[fault.code].grpc, fault.message);
  return new GatewayError('GW_UNAVAILABLE', { detail: 'as the scenario has it' });
}
