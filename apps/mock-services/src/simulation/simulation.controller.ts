import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { GatewayError } from '@gateway/errors';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf } from '../caller';
import { CallCounter } from '../calls/call-counter';
import { CountedHandler } from '../calls/counted-handler';
import { checkLength, checkRange } from '../checks';
import {
  SimulationService,
  SimulationState,
  type CreateSimulationRequest,
  type GetSimulationRequest,
  type WatchSimulationRequest,
} from '../gen/simulation/v1/simulation_service_pb';
import { PermissionStore } from '../permissions/permission-store';
import { Simulations, type StoredSimulation } from './simulations';

const { method } = SimulationService;
const MAX_KIND = 100;
const MAX_STEPS = 100_000;

/** The demonstration's Simulation service. */
@Controller()
export class SimulationController {
  constructor(
    readonly calls: CallCounter,
    private readonly simulations: Simulations,
    private readonly permissions: PermissionStore,
  ) {}

  @CountedHandler(method.createSimulation)
  createSimulation({ projectId, kind, steps }: CreateSimulationRequest) {
    checkLength('/kind', kind, 1, MAX_KIND);
    checkRange('/steps', steps, 1, MAX_STEPS);
    if (!this.permissions.knows(projectId))
      throw new GatewayError('GW_NOT_FOUND', { detail: `There is no project ${JSON.stringify(projectId)}` });
    return this.messageOf(this.simulations.create(projectId, kind, steps));
  }

  /** The contract can't name the project of a simulation, so who may read it is checked here. */
  @CountedHandler(method.getSimulation)
  getSimulation({ simulationId }: GetSimulationRequest, metadata: Metadata) {
    return this.messageOf(this.readable(simulationId, metadata));
  }

  @CountedHandler(method.watchSimulation)
  watchSimulation({ simulationId }: WatchSimulationRequest, metadata: Metadata) {
    return this.statesOf(this.readable(simulationId, metadata));
  }

  private async *statesOf(simulation: StoredSimulation) {
    for await (const completedSteps of this.simulations.progress(simulation))
      yield this.messageOf(simulation, completedSteps);
  }

  private readable(id: string, metadata: Metadata): StoredSimulation {
    const { userId } = callerOf(metadata);
    const simulation = this.simulations.get(id);
    if (this.permissions.allowed(userId, 'project:read', simulation.projectId)) return simulation;
    throw new GatewayError('GW_FORBIDDEN', { detail: 'The simulation belongs to a project that you may not read' });
  }

  private messageOf(simulation: StoredSimulation, completedSteps = this.simulations.completedSteps(simulation)) {
    const { createdAt, ...rest } = simulation;
    const state = completedSteps < simulation.steps ? SimulationState.RUNNING : SimulationState.DONE;
    return { ...rest, completedSteps, state, createdAt: timestampFromMs(createdAt) };
  }
}
