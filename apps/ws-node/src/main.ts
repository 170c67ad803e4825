import { runService } from '@gateway/platform';
import { wsNodeModule } from './app.module';
import { wsNodeConfig } from './config';

await runService({ name: 'ws-node', config: wsNodeConfig, module: wsNodeModule });
