import { parseDuration } from '@gateway/config';
import { GatewayError } from '@gateway/errors';
import { Body, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { isMockable } from '../mocking/mock-switches';
import { isRecordable } from '../mocking/recorder';
import type { Mocks } from '../mocking/mocks';
import type { Route } from '../pipeline/route';
import { EdgeState } from './edge-state';
import { MockState } from './mock-state';
import { readBody } from './read-body';

const switchSchema = z.strictObject({
  /** Null: as the policy says. */
  on: z.boolean().nullable().optional(),
  /** Null: the policy's; '' none. */
  scenario: z.string().nullable().optional(),
});
const stateSchema = z.strictObject({ session: z.string().default(''), state: z.string() });
const resetSchema = z.strictObject({ session: z.string().optional() });
const recordSchema = z.strictObject({
  for: z
    .string()
    .default('60s')
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .refine((ms) => ms >= 1_000 && ms <= 3_600_000, 'is not a duration from 1s to 1h'),
  calls: z.int().min(1).max(1_000).default(100),
});

/** Which routes are mocked now and why, what plays, and what is recorded; and to switch all of that. */
@Controller('mocks')
export class MocksController {
  constructor(
    private readonly state: EdgeState,
    private readonly mocking: MockState,
  ) {}

  @Get()
  list(): object {
    const { switches, recorder, scenarios, allowed } = this.mocks;
    const routes = distinct(this.state.routes.current.routes).flatMap((route): object[] => {
      const recorded = recorder.status(route);
      if (!isMockable(route)) return recorded === null ? [] : [{ route: route.scope, mocking: null, recorded }];
      const scenario = switches.scenarioOf(route);
      const shown = {
        route: route.scope,
        // Why it is mocked at this moment; null: it isn't.
        mocking: switches.reasonFor(route),
        switched: switches.of(route),
        scenario: scenario === '' ? null : scenario,
        // Then the contract alone answers.
        scenarioMissing: scenario !== '' && scenarios.get(scenario) === undefined,
        recorded,
      };
      return [shown];
    });
    const playing = scenarios.all().map((player) => ({
      name: player.scenario.name,
      initial: player.scenario.initial,
      states: player.scenario.states,
      sessions: player.states(),
    }));
    return { allowed, routes, scenarios: playing };
  }

  /** Switches a route on or off, or to a scenario. */
  @Post('routes/:scope')
  @HttpCode(200)
  switchRoute(@Param('scope') scope: string, @Body() body: unknown): object {
    const route = this.find(scope);
    const change = readBody(switchSchema, body);
    if (!isMockable(route)) throw new GatewayError('GW_FAILED_PRECONDITION', { detail: `${scope} is never mocked` });
    if (change.scenario) this.player(change.scenario);
    const { on, scenario } = change;
    this.mocks.switches.set(route, {
      ...(on === undefined ? {} : { on }),
      ...(scenario === undefined ? {} : { scenario }),
    });
    return { route: scope, mocking: this.mocks.switches.reasonFor(route), switched: this.mocks.switches.of(route) };
  }

  /** Puts a session of a scenario into a state. */
  @Post('scenarios/:name/state')
  @HttpCode(200)
  enter(@Param('name') name: string, @Body() body: unknown): object {
    const { session, state } = readBody(stateSchema, body);
    if (!this.player(name).enter(session, state))
      throw new GatewayError('GW_BAD_REQUEST', { detail: `state: the scenario has no state "${state}"` });
    return { scenario: name, session, state };
  }

  /** Has a session begin anew, or all of them. */
  @Post('scenarios/:name/reset')
  @HttpCode(200)
  reset(@Param('name') name: string, @Body() body: unknown): object {
    const { session } = readBody(resetSchema, body);
    this.player(name).reset(session);
    return { scenario: name, sessions: this.player(name).states() };
  }

  /** Begins to record a route's calls. */
  @Post('routes/:scope/record')
  @HttpCode(200)
  record(@Param('scope') scope: string, @Body() body: unknown): object {
    const route = this.find(scope);
    const { for: forMs, calls } = readBody(recordSchema, body);
    if (!this.mocks.allowed) throw new GatewayError('GW_FORBIDDEN', { detail: 'nothing is recorded in production' });
    if (!isRecordable(route))
      throw new GatewayError('GW_FAILED_PRECONDITION', { detail: `${scope} is not a gRPC method` });
    this.mocks.recorder.start(route, { forMs, calls });
    return { route: scope, ...this.mocks.recorder.status(route) };
  }

  /** What was recorded, as a scenario file. */
  @Get('routes/:scope/recorded')
  @Header('content-type', 'application/yaml')
  recorded(@Param('scope') scope: string): string {
    const scenario = this.mocks.recorder.scenario(this.find(scope));
    if (scenario === null) throw new GatewayError('GW_NOT_FOUND', { detail: `${scope} was not recorded` });
    return scenario;
  }

  private get mocks(): Mocks {
    return this.mocking.mocks;
  }

  private find(scope: string): Route {
    const route = this.state.routes.current.routes.find((each) => each.scope === scope);
    if (route === undefined) throw new GatewayError('GW_NOT_FOUND', { detail: `There is no route ${scope}` });
    return route;
  }

  private player(name: string) {
    const player = this.mocks.scenarios.get(name);
    if (player === undefined) throw new GatewayError('GW_NOT_FOUND', { detail: `There is no scenario ${name}` });
    return player;
  }
}

const distinct = (routes: readonly Route[]): Route[] => [...new Map(routes.map((each) => [each.scope, each])).values()];
