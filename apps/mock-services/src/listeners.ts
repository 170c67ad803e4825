/** A port that can be closed and opened again while the process runs. */
export interface SwitchableListener {
  /** Known once it is open. */
  readonly address: { readonly host: string; readonly port: number };
  start(): Promise<void>;
  /** Closes the port and cuts its connections, as if the service had died; it stays registered. */
  stop(): Promise<void>;
}

/** The services' listeners by the names that the admin plane uses: auth, project, simulation, echo. */
export class Listeners {
  constructor(private readonly byName: Readonly<Record<string, SwitchableListener>>) {}

  get(name: string): SwitchableListener | undefined {
    return Object.hasOwn(this.byName, name) ? this.byName[name] : undefined;
  }

  /** Where each one listens. */
  addresses(): Record<string, string> {
    const entries = Object.entries(this.byName);
    return Object.fromEntries(entries.map(([name, { address }]) => [name, `${address.host}:${address.port}`]));
  }
}
