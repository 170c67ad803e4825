import { readEnvironment } from '@gateway/config';
import { runService } from '@gateway/platform';
import { edgeModule } from './app.module';
import { edgeConfig } from './config';

await runService({ name: 'edge-router', config: edgeConfig(readEnvironment()), module: edgeModule });
