import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands where the edge stands: forwards connections to the node that it is pointed at. */
export interface Forwarder {
  readonly url: string;
  /** New connections go there. */
  pointAt(nodeUrl: string): void;
  /** Cuts every connection, as the death of the node behind would. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startForwarder(nodeUrl: string): Promise<Forwarder> {
  let target = Number(new URL(nodeUrl).port);
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    const node = connect(target, '127.0.0.1');
    [client, node].forEach(keep);
    client.pipe(node).pipe(client);
    client.on('close', () => node.destroy());
    node.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => open.forEach((socket) => socket.destroy());
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    pointAt: (url) => (target = Number(new URL(url).port)),
    cut,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
