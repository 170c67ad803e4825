import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../ports';
import { startApp, type RunningApp } from './app-process';

/** An edge of a test. */
export interface RunningEdge extends RunningApp {
  /** HTTPS: `https://localhost:<port>`; empty for one alone, which serves plain HTTP only. */
  readonly url: string;
  /** Plain HTTP: `http://localhost:<port>`. */
  readonly httpUrl: string;
}

/** Starts an edge alone, as a reverse proxy over plain HTTP: no Redis, no registry, routes from a file. */
export async function startEdge(options: { routes: string; env?: Record<string, string> }): Promise<RunningEdge> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-edge-'));
  const routes = join(folder, 'routes.yaml');
  writeFileSync(routes, options.routes);
  const [port, adminPort] = [await freePort(), await freePort()];
  const env = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_HTTP_MODE: 'serve',
    EDGE_ADMIN_PORT: String(adminPort),
    EDGE_ROUTES_FILE: routes,
    ...options.env,
  };
  const logFile = join(folder, 'edge-router.log');
  const app = await startApp({ name: 'edge-router', app: 'edge-router', env, adminPort, logFile });
  const end = app.stop.bind(app);
  const stop = async (): Promise<void> => {
    await end();
    rmSync(folder, { recursive: true, force: true });
  };
  return Object.assign(app, { url: '', httpUrl: `http://localhost:${port}`, stop });
}
