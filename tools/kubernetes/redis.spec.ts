import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { createAuthority, eventually, findRedisServer, freePort, redisCommand, workspaceDir } from '@gateway/testing';
import { parse } from 'yaml';

const read = (file: string): string => readFileSync(join(workspaceDir(), 'k8s', file), 'utf8');

test('Redis starts with its configuration, and the platform may use its own keys only', async () => {
  const server = findRedisServer();
  if (server === null) throw new Error('this test needs redis-server (or valkey-server) on PATH');
  const root = mkdtempSync(join(tmpdir(), 'k8s-redis-'));
  for (const folder of ['identity', 'acl', 'data']) mkdirSync(join(root, folder));
  const authority = await createAuthority(join(root, 'ca'));
  cpSync(await authority.issue('redis'), join(root, 'identity'), { recursive: true });
  writeFileSync(join(root, 'acl', 'users.acl'), read('users.acl').replace('PASSWORD', 'open-sesame'));
  const port = await freePort();
  const config = read('base/redis/redis.conf')
    .replaceAll(/ (\/(?:identity|acl|data)\b)/g, ` ${root}$1`)
    .replace('tls-port 6379', `tls-port ${port}`);
  writeFileSync(join(root, 'redis.conf'), config);

  const redis = spawn(server, [join(root, 'redis.conf')], { stdio: 'ignore' });
  try {
    const access = { port, password: 'open-sesame', ca: authority.ca, user: 'gateway' };
    await eventually(async () => expect(await redisCommand(access, 'SET', 'gw:{x}', '1')).toBe('OK'));
    await expect(redisCommand(access, 'SET', 'other', '1')).rejects.toThrow('NOPERM');
    await expect(redisCommand(access, 'FLUSHALL')).rejects.toThrow('NOPERM');
    await expect(redisCommand({ ...access, password: 'wrong' }, 'PING')).rejects.toThrow('WRONGPASS');
    await expect(redisCommand({ ...access, user: 'default' }, 'PING')).rejects.toThrow('WRONGPASS');
    await probed(server, root, port);
  } finally {
    redis.kill('SIGKILL');
  }
});

interface Manifest {
  spec: { template: { spec: { containers: { readinessProbe: { exec: { command: string[] } } }[] } } };
}

/** The probe's own command answers, too: over TLS, and without a password. */
async function probed(server: string, root: string, port: number): Promise<void> {
  const manifest = parse(read('base/redis/deployment.yaml'), { merge: true }) as Manifest;
  const [, ...args] = manifest.spec.template.spec.containers[0]!.readinessProbe.exec.command;
  const here = args.map((arg) => arg.replace(/^\/identity/, join(root, 'identity')));
  const ask = promisify(execFile)(server.replace(/server$/, 'cli'), ['-p', String(port), ...here]);
  expect((await ask).stdout).toContain('NOAUTH');
}
