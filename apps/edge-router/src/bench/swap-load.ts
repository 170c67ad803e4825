import { Agent, get } from 'node:http';
import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '@gateway/clock';

/** Requests a second, whatever becomes of them: who waits for an answer would ask less while the edge stands still. */
const PER_SECOND = 500;

/** Asks for a URL from a thread of its own. Whoever writes to `port` gets the milliseconds that answers took since then. */
export function askFor(url: string, port: MessagePort): void {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let times: number[] = [];
  systemClock.every(1_000 / PER_SECOND, () => {
    const began = systemClock.monotonic();
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
      response.resume().on('end', () => times.push(systemClock.monotonic() - began));
    });
  });
  port.on('message', () => {
    port.postMessage(times);
    times = [];
  });
}
