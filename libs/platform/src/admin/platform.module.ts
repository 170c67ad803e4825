import { Global, Module, type DynamicModule } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import type { PlatformConfig, Service } from '../service';
import { SERVICE } from '../tokens';
import { InfoController } from './info.controller';
import { MetricsController } from './metrics.controller';
import { ProbesController } from './probes.controller';

/** The root of a service's Nest application: the platform's part of the admin plane, and the app's module. */
@Global()
@Module({})
export class PlatformModule {
  static around<C extends PlatformConfig>(service: Service<C>, app: DynamicModule): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        // Probes come every few seconds: a line for each would drown the rest.
        LoggerModule.forRoot({ pinoHttp: { logger: service.logger, autoLogging: false } }),
        PrometheusModule.register({
          controller: MetricsController,
          defaultMetrics: { enabled: true, config: { register: service.metrics } },
        }),
        app,
      ],
      controllers: [ProbesController, InfoController],
      providers: [{ provide: SERVICE, useValue: service }],
      exports: [SERVICE],
    };
  }
}
