import { runService } from '@gateway/platform';
import { authProxyModule } from './app.module';
import { authProxyConfig } from './config';

await runService({ name: 'auth-proxy', config: authProxyConfig, module: authProxyModule });
