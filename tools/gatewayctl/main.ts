import { runGatewayctl } from './program';
import { processTerminal } from './terminal';

const code = await runGatewayctl(process.argv.slice(2), processTerminal());
// Connections that are still being closed must not hold the command up.
process.stdout.write('', () => process.exit(code));
