import { runService } from '@gateway/platform';
import { registryModule } from './app.module';
import { registryConfig } from './config';

await runService({ name: 'registry-daemon', config: registryConfig, module: registryModule });
