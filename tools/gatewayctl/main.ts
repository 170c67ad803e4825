import { runGatewayctl } from './program';
import { processTerminal } from './terminal';

// Who waits for a registry to come back holds nothing open; the command ends below, and not for want of work.
setInterval(() => undefined, 2 ** 31 - 1);
const code = await runGatewayctl(process.argv.slice(2), processTerminal());
// Connections that are still being closed must not hold the command up.
process.stdout.write('', () => process.exit(code));
