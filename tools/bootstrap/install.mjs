import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { BootstrapError, rootDir } from './machine.mjs';
import { pinnedNode } from './pinned-node.mjs';

/** How much of npm's output is shown when it fails. */
const SHOWN_LINES = 20;

/** Installs the packages of package-lock.json unless they are what is installed. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  const began = Date.now();
  console.log('installing packages (npm ci) …');
  const ticking = setInterval(() => showElapsed(began), process.stdout.isTTY ? 1_000 : 10_000);
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  clearInterval(ticking);
  if (code !== 0) {
    const shown = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
    throw new BootstrapError(`${shown}\nnpm ci failed (exit code ${code}); the packages are not installed`);
  }
  if (pinnedNode() === null) throw new BootstrapError(`no pinned Node for ${process.platform} ${process.arch}`);
  console.log(`${process.stdout.isTTY ? '\r' : ''}packages installed in ${seconds(began)} s`);
}

/**
 * Whether node_modules is what package-lock.json says. npm leaves its own record of an installation in node_modules, and
 * only when it succeeded. Packages for other platforms are optional and not in it.
 */
function isInstalled() {
  const record = readLock(`${rootDir}node_modules/.package-lock.json`);
  const wanted = readLock(`${rootDir}package-lock.json`);
  if (record === null || wanted === null || pinnedNode() === null) return false;
  const isWanted = ([path, entry]) => wanted[path]?.version === entry.version;
  const isThere = ([path, entry]) => path === '' || entry.optional || entry.peer || entry.link || path in record;
  return Object.entries(record).every(isWanted) && Object.entries(wanted).every(isThere);
}

function readLock(file) {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/** Runs the npm that started us, else the one on PATH. */
function npm(args) {
  const own = process.env.npm_execpath;
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd: rootDir, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', () => reject(new BootstrapError('npm is needed to install the packages, and is not on PATH')));
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

const seconds = (began) => Math.round((Date.now() - began) / 1000);
const showElapsed = (began) =>
  process.stdout.write(process.stdout.isTTY ? `\r… ${seconds(began)} s ` : `… ${seconds(began)} s\n`);
