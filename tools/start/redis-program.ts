import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { findRedisServer } from '@gateway/testing';
import { Problem } from '../command/problem';

const run = promisify(execFile);

/** Debian's way to say which services an installation may start (invoke-rc.d(8)): exit code 101 means none. */
const POLICY = '/usr/sbin/policy-rc.d';
const NONE_MAY_START = '#!/bin/sh\nexit 101\n';
const WHAT_TO_DO = 'install redis-server (Redis 6 or newer, or Valkey), or set GATEWAY_REDIS_URL to one that runs';

/** The Redis server on PATH, installing it the platform's way when there is none. @throws Problem when that fails */
export async function ensureRedisProgram(): Promise<string> {
  const found = findRedisServer();
  if (found !== null) return found;
  const install = installer();
  if (install === null) throw new Problem(`Redis is missing: ${WHAT_TO_DO}`);
  await install().catch((error: Error & { stderr?: string }) => {
    const [why] = (error.stderr ?? error.message).trim().split('\n').slice(-1);
    throw new Problem(`Redis is missing and can't be installed (${why}): ${WHAT_TO_DO}`);
  });
  const installed = findRedisServer();
  if (installed === null) throw new Problem(`Redis was installed and is still not on PATH: ${WHAT_TO_DO}`);
  return installed;
}

/** How this system installs Redis; null when we don't know, or may not. */
function installer(): (() => Promise<unknown>) | null {
  if (process.platform === 'darwin') return () => run('brew', ['install', 'redis']);
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) return installOnDebian;
  return null;
}

async function installOnDebian(): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = (): Promise<unknown> =>
    run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { env });
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, NONE_MAY_START, { mode: 0o755 });
  try {
    // A fresh machine has no package lists: they are fetched when the first try fails.
    await install().catch(() => run('apt-get', ['update'], { env }).then(install));
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}
