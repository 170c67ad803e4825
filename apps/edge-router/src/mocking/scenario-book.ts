import { ScenarioPlayer } from '@gateway/mocking';
import type { ScenarioSource } from './scenario-folder';

/** The scenarios that can be played, and where each stands. */
export class ScenarioBook {
  private players = new Map<string, { readonly text: string; readonly player: ScenarioPlayer }>();

  /** Takes the scenarios that there are now. One whose file hasn't changed goes on where it was. */
  replace(sources: readonly ScenarioSource[]): void {
    const known = this.players;
    this.players = new Map(
      sources.map(({ scenario, text }) => {
        const before = known.get(scenario.name);
        const kept = before?.text === text ? before : { text, player: new ScenarioPlayer(scenario) };
        return [scenario.name, kept];
      }),
    );
  }

  get(name: string): ScenarioPlayer | undefined {
    return this.players.get(name)?.player;
  }

  all(): ScenarioPlayer[] {
    return [...this.players.values()].map(({ player }) => player);
  }
}
