import { GatewayError } from '@gateway/errors';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { Listeners, type SwitchableListener } from '../listeners';

/** Stops and starts one service's listener without deregistering it, for trying failures. */
@Controller('services')
export class ServicesController {
  constructor(private readonly listeners: Listeners) {}

  @Post(':name/stop')
  @HttpCode(200)
  async stop(@Param('name') name: string) {
    await this.find(name).stop();
    return { service: name, listening: false };
  }

  @Post(':name/start')
  @HttpCode(200)
  async start(@Param('name') name: string) {
    await this.find(name).start();
    return { service: name, listening: true };
  }

  private find(name: string): SwitchableListener {
    const listener = this.listeners.get(name);
    if (listener === undefined) throw new GatewayError('GW_NOT_FOUND', { detail: `There is no service ${name}` });
    return listener;
  }
}
