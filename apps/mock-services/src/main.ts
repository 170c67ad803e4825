import { runService } from '@gateway/platform';
import { mockServicesModule } from './app.module';
import { mockConfig } from './config';

await runService({ name: 'mock-services', config: mockConfig, module: mockServicesModule });
