// npm run identity <name>: a development identity for a newcomer's own service.
import { DevFolder } from './dev-folder';
import { issueIdentity } from './identities';
import { Problem, readArguments, runCommand } from '../command/problem';

const USAGE = 'npm run identity <name>';
/** A segment of a SPIFFE id that is a DNS label, too. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

await runCommand(async () => {
  const { positionals } = readArguments({ allowPositionals: true }, USAGE);
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0 || !NAME.test(name)) {
    throw new Problem(`usage: ${USAGE}; a name is made of lower-case letters, digits and hyphens`);
  }
  const dev = new DevFolder();
  dev.prepare();
  console.log(`spiffe://gateway.local/${name}: ${await issueIdentity(dev, name)}/{cert,key,ca}.pem`);
  return 0;
});
