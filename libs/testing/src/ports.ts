import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports handed out by this process, which may not be open yet. */
const handedOut = new Set<number>();

/** Below the range from which systems take ports for outgoing connections: those would be in use at times. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A TCP port of this machine that nobody uses now. Where a program can listen on port 0 itself, that is better. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (handedOut.has(port) || (await portProblem(port)) !== null) continue;
    handedOut.add(port);
    return port;
  }
}

/** Whether something listens on a TCP port of 127.0.0.1 or ::1, or may not be opened: why, else null. */
export async function portProblem(port: number): Promise<'in use' | 'not allowed' | null> {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await listenError(port, host);
    if (code === 'EADDRINUSE') return 'in use';
    if (code === 'EACCES') return 'not allowed';
  }
  return null;
}

function listenError(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
