import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@gateway/clock';
import { MAX_REFLECTED_BYTES, reflectionOf } from './reflect';

/** One exchange with the echo. `argument` is the number in the path. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly argument: number;
  readonly clock: Clock;
}

type Answer = (exchange: Exchange) => void | Promise<void>;

/** The repeated content of `/bytes/<n>`: 251 is prime, so that a lost or repeated block shows. */
const PATTERN = Buffer.from(Array.from({ length: 251 * 256 }, (_, i) => i % 251));

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** `/stream`, and bodies too large to be reflected: what comes in goes out, as it comes. */
async function stream({ request, response }: Exchange, first: Buffer = Buffer.alloc(0)): Promise<void> {
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  const length = request.headers['content-length'];
  response.writeHead(200, { 'content-type': type, ...(length !== undefined && { 'content-length': length }) });
  response.write(first);
  await pipeline(request, response);
}

/** Anything else: what the echo saw, as JSON. */
async function reflect(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MAX_REFLECTED_BYTES) return stream(exchange, Buffer.concat(chunks));
  }
  sendJson(response, 200, reflectionOf(request, Buffer.concat(chunks)));
}

/** `/status/<code>`: an empty-handed answer with that status. */
function status({ request, response, argument }: Exchange): void {
  request.resume();
  const mayHaveBody = argument >= 200 && argument !== 204 && argument !== 304;
  if (mayHaveBody) sendJson(response, argument, { status: argument });
  else response.writeHead(argument).end();
}

/** `/delay/<ms>`: the reflection, later. */
async function delay(exchange: Exchange): Promise<void> {
  await exchange.clock.sleep(exchange.argument);
  await reflect(exchange);
}

function* blocks(total: number): Generator<Buffer> {
  for (let left = total; left > 0; left -= PATTERN.length) yield PATTERN.subarray(0, left);
}

/** `/bytes/<n>`: n bytes, as fast as the reader takes them. */
async function bytes({ request, response, argument }: Exchange): Promise<void> {
  request.resume();
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': argument });
  await pipeline(Readable.from(blocks(argument)), response);
}

/** `/digest`: reads the whole body, and says how much it was and its SHA-256. */
async function digest({ request, response }: Exchange): Promise<void> {
  const sha256 = createHash('sha256');
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    sha256.update(chunk as Buffer);
  }
  sendJson(response, 200, { bytes: size, sha256: sha256.digest('hex') });
}

/** By path; a route may put `/echo` in front. */
const ANSWERS: readonly (readonly [RegExp, Answer])[] = [
  [/^(?:\/echo)?\/status\/([2-5]\d\d)$/, status],
  [/^(?:\/echo)?\/delay\/(\d{1,5})$/, delay],
  [/^(?:\/echo)?\/bytes\/(\d{1,11})$/, bytes],
  [/^(?:\/echo)?\/stream$/, stream],
  [/^(?:\/echo)?\/digest$/, digest],
];

/** Answers one request. Rejects when the connection breaks. */
export async function answer(request: IncomingMessage, response: ServerResponse, clock: Clock): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?');
  for (const [pattern, run] of ANSWERS) {
    const match = pattern.exec(path);
    if (match !== null) return run({ request, response, argument: Number(match[1] ?? 0), clock });
  }
  return reflect({ request, response, argument: 0, clock });
}
