import { systemClock } from '@gateway/clock';
import type { registryV1 } from '@gateway/contracts';
import { type DirectoryStatus, type RegistryClient, ServiceDirectory } from '@gateway/discovery';
import { type RegistryOptions, withRegistry } from '../connection';
import type { Terminal } from '../terminal';
import { changeJson, changesBetween, describeChange } from './changes';
import { instanceTable, type ServicesOptions } from './list';

type Instance = registryV1.Instance;

/**
 * Shows who is registered, then each change with its time, until Ctrl-C. A registry that goes away is said and waited
 * for.
 * @throws Failure when it can't be reached at the start
 */
export async function watchServices(
  service: string | undefined,
  options: ServicesOptions,
  terminal: Terminal,
): Promise<void> {
  await withRegistry(options as RegistryOptions, terminal, async (client) => {
    // Whoever mistyped the address is told at once.
    await client.discover(service ?? '');
    const watch = new ServiceWatch(client, service, options.json === true, terminal);
    await terminal.interrupted;
    watch.close();
  });
}

/** Follows the directory and tells what changed in it. */
class ServiceWatch {
  private readonly directory: ServiceDirectory;
  private readonly known = new Map<string, readonly Instance[]>();
  private state: 'first' | DirectoryStatus['state'] = 'first';

  constructor(
    private readonly client: RegistryClient,
    service: string | undefined,
    private readonly json: boolean,
    private readonly terminal: Terminal,
  ) {
    this.directory = new ServiceDirectory({
      client,
      clock: systemClock,
      services: service === undefined ? [] : [service],
      onStatus: (status) => this.followed(status),
    });
    this.directory.onChange(({ services }) => this.changed(services));
  }

  close(): void {
    this.directory.close();
  }

  /** Told before what the message that ended or began it has changed. */
  private followed(status: DirectoryStatus): void {
    const before = this.state;
    if (status.state === 'live') {
      if (before === 'first') this.begin();
      else this.sayRegistry('back', `the registry is back, at ${this.client.address}`);
    } else if (before === 'live') {
      this.sayRegistry('lost', `the registry is lost (${status.why}); what it said last stays, waiting for it`);
    }
    if (status.state === 'live' || before !== 'first') this.state = status.state;
  }

  /** For people who is there is a table; for programs they all appear. */
  private begin(): void {
    if (this.json) return;
    for (const name of this.directory.services()) this.known.set(name, this.directory.instances(name));
    this.terminal.out(instanceTable([...this.known.values()].flat()));
  }

  private changed(services: ReadonlySet<string>): void {
    for (const name of services) {
      const before = this.known.get(name) ?? [];
      const after = this.directory.instances(name);
      this.known.set(name, after);
      for (const change of changesBetween(before, after))
        this.say(this.json ? changeJson(change) : describeChange(change));
    }
  }

  private sayRegistry(kind: 'lost' | 'back', text: string): void {
    this.say(this.json ? { kind: `registry-${kind}`, why: text } : `! ${text}`);
  }

  private say(what: string | object): void {
    const now = new Date(systemClock.now());
    if (typeof what === 'object') this.terminal.out(JSON.stringify({ time: now.toISOString(), ...what }));
    else this.terminal.out(`${localTime(now)}  ${what}`);
  }
}

/** `14:03:07.042`: whoever watches compares it with a watch on the wall. */
const localTime = (date: Date): string =>
  [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':') +
  `.${String(date.getMilliseconds()).padStart(3, '0')}`;
