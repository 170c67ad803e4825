import { connect } from 'node:tls';

/** How to reach a Redis as its administrator. */
export interface RedisAccess {
  readonly port: number;
  readonly password: string;
  readonly ca: string;
  readonly user?: string;
}

const TIMEOUT_MS = 2_000;

/**
 * Sends one command to a Redis on this machine, over a connection of its own, and waits for its one-line answer (`+OK`,
 * `:3`). For tests and readiness checks; programs use libs/redis.
 * @throws Error with the answer when Redis refuses, or when none comes within 2 s
 */
export function redisCommand(access: RedisAccess, ...command: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: access.port, ca: access.ca, servername: 'localhost' });
    const settle = (error: Error | null, answer = ''): void => {
      socket.destroy();
      if (error) reject(error);
      else resolve(answer);
    };
    let received = '';
    socket.setTimeout(TIMEOUT_MS, () => settle(new Error(`redis didn't answer ${command[0]} in ${TIMEOUT_MS} ms`)));
    socket.on('error', settle);
    socket.on('close', () => settle(new Error('redis closed the connection')));
    socket.on('data', (chunk) => {
      received += chunk.toString();
      // The first line answers AUTH, the second the command.
      const [auth = '', answer, rest] = received.split('\r\n');
      if (auth.startsWith('-')) settle(new Error(auth.slice(1)));
      else if (rest !== undefined)
        settle(answer?.startsWith('-') ? new Error(answer.slice(1)) : null, answer?.slice(1));
    });
    socket.write(encode(['AUTH', access.user ?? 'default', access.password]) + encode(command));
  });
}

/** A command as RESP: an array of bulk strings. */
const encode = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
