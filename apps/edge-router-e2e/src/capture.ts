import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@gateway/testing';

/** The first bytes that one side of a TCP connection sent. */
export interface Flow {
  readonly port: number;
  /** True: from the client to the port. */
  readonly fromClient: boolean;
  readonly firstBytes: Buffer;
}

/** Packets on the loopback interface, as tcpdump sees them. */
export interface Capture {
  /** Ends it. @returns every direction of every connection that was opened while it ran */
  stop(): Promise<Flow[]>;
}

/** Whether packets can be captured on this machine. */
export const canCapture = (): boolean => process.getuid?.() === 0 && spawnSync('tcpdump', ['--version']).status === 0;

/** Captures what goes to and from some ports of this machine. */
export async function capture(ports: readonly number[]): Promise<Capture> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-capture-'));
  const file = join(folder, 'packets.pcap');
  const filter = `tcp and (${ports.map((port) => `port ${port}`).join(' or ')})`;
  // Immediate: what arrived in the last second isn't left in the kernel's ring when it ends.
  const args = [
    '-i',
    'lo',
    '-n',
    '-U',
    '--immediate-mode',
    '-s',
    '96',
    '-B',
    '65536',
    '-Z',
    'root',
    '-w',
    file,
    filter,
  ];
  const child = spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await eventually(() => {
    if (!told.includes('listening on')) throw new Error(`tcpdump does not listen: ${told}`);
  });
  return {
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
      const flows = flowsOf(readFileSync(file), new Set(ports));
      rmSync(folder, { recursive: true });
      return flows;
    },
  };
}

const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const IPV4 = 0x0800;
const SYN = 0x02;

/** Reads a little-endian pcap file of Ethernet frames; keeps connections whose SYN it saw. */
function flowsOf(pcap: Buffer, ports: ReadonlySet<number>): Flow[] {
  const flows = new Map<string, Flow | null>();
  for (let at = PCAP_HEADER; at + RECORD_HEADER <= pcap.length;) {
    const length = pcap.readUInt32LE(at + 8);
    readFrame(pcap.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length), ports, flows);
    at += RECORD_HEADER + length;
  }
  return [...flows.values()].filter((flow) => flow !== null);
}

function readFrame(frame: Buffer, ports: ReadonlySet<number>, flows: Map<string, Flow | null>): void {
  const isIpv4 = frame.readUInt16BE(12) === IPV4;
  const ip = frame.subarray(ETHERNET_HEADER);
  const ipHeader = isIpv4 ? (ip[0]! & 0x0f) * 4 : 40;
  // The length on the wire, not the captured one: small frames are padded.
  const ipLength = isIpv4 ? ip.readUInt16BE(2) : 40 + ip.readUInt16BE(4);
  const tcp = ip.subarray(ipHeader, ipLength);
  const [source, target] = [tcp.readUInt16BE(0), tcp.readUInt16BE(2)];
  const payload = tcp.subarray((tcp[12]! >> 4) * 4);
  const key = `${source}>${target}`;
  if (tcp[13]! & SYN) flows.set(key, null);
  else if (payload.length > 0 && flows.get(key) === null) {
    const fromClient = ports.has(target);
    flows.set(key, { port: fromClient ? target : source, fromClient, firstBytes: Buffer.from(payload.subarray(0, 8)) });
  }
}

/** A TLS record of the handshake (RFC 8446 §5.1): type 22, version 3.x. */
export const isTlsHandshake = (flow: Flow): boolean => flow.firstBytes[0] === 22 && flow.firstBytes[1] === 3;
