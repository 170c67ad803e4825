import { createServer, type AddressInfo } from 'node:net';

/** Ports handed out by this process: the system may offer a port again before its user has opened it. */
const handedOut = new Set<number>();

/** A TCP port on 127.0.0.1 that nobody uses now. Where a program can listen on port 0 itself, that is better. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await offeredPort();
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}

function offeredPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
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
