import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** A record of an answer. */
export type DnsRecord =
  | { readonly address: string; readonly ttl: number }
  | { readonly srv: { priority: number; weight: number; port: number; name: string }; readonly ttl: number };

/** What a name server says to one question. `silent`: nothing, until the client gives up. */
export type DnsReply = readonly DnsRecord[] | 'NXDOMAIN' | 'SERVFAIL' | 'garbage' | 'silent';

const TYPES = { 1: 'A', 28: 'AAAA', 33: 'SRV' } as const;
type TypeName = (typeof TYPES)[keyof typeof TYPES];
const CODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

/** A name server on a real UDP port that says what a test tells it to (RFC 1035). */
export class ScriptedDns {
  /** Every question, such as `A reports.test`, in order. */
  readonly asked: string[] = [];
  readonly #replies = new Map<string, DnsReply>();

  private constructor(private readonly socket: Socket) {}

  static async start(): Promise<ScriptedDns> {
    const socket = createSocket('udp4');
    const server = new ScriptedDns(socket);
    socket.on('message', (message, { port, address }) => {
      const reply = server.#reply(message);
      if (reply !== null) socket.send(reply, port, address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return server;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  /** What it says from now on. A question that nothing was set for gets an answer without records. */
  set(type: TypeName, name: string, reply: DnsReply): void {
    this.#replies.set(`${type} ${name}`, reply);
  }

  close(): void {
    this.socket.close();
  }

  #reply(message: Buffer): Buffer | null {
    const { name, end } = readName(message, 12);
    const type = TYPES[message.readUInt16BE(end) as keyof typeof TYPES] ?? 'other';
    const key = `${type} ${name}`;
    this.asked.push(key);
    const reply = this.#replies.get(key) ?? [];
    if (reply === 'silent') return null;
    if (reply === 'garbage') return Buffer.concat([message.subarray(0, 2), Buffer.from('garbage')]);
    const question = message.subarray(12, end + 4);
    if (typeof reply === 'string') return Buffer.concat([header(message, CODES[reply], 0), question]);
    return Buffer.concat([header(message, 0, reply.length), question, ...reply.map(encodeRecord)]);
  }
}

function header(question: Buffer, code: number, answers: number): Buffer {
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  // Response, recursion desired and available.
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers, 6);
  return head;
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at]!; length !== 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function encodeRecord(record: DnsRecord): Buffer {
  const data = 'srv' in record ? encodeService(record.srv) : encodeAddress(record.address);
  const type = 'srv' in record ? 33 : data.length === 4 ? 1 : 28;
  const head = Buffer.alloc(12);
  // The question's name, by a pointer to it.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(record.ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function encodeAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [left = '', right = ''] = address.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const missing = 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array<number>(missing).fill(0), ...groups(right)];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function encodeService({
  priority,
  weight,
  port,
  name,
}: {
  priority: number;
  weight: number;
  port: number;
  name: string;
}): Buffer {
  const head = Buffer.alloc(6);
  [priority, weight, port].forEach((value, index) => head.writeUInt16BE(value, index * 2));
  const labels = name === '.' ? [] : name.split('.');
  const encoded = labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]);
  return Buffer.concat([head, ...encoded, Buffer.of(0)]);
}
