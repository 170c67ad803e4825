import { describe, expect, test } from '@jest/globals';
import { authV1, compileContract, descriptorSetOf, digestOf, registryV1 } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import { ApiPaths } from '@gateway/versioning';
import { answer } from '../pipeline.fixture';
import type { RouteSnapshot } from './compile';
import { CompiledContracts } from './compiled-contracts';
import { ContractSources } from './contract-sources';
import { ApiVersions } from '../versions/api-versions';
import { SnapshotHolder } from './holder';
import { protosProblem, ProtosError } from './protos/protos-error';
import type { CompiledProtos } from './protos/protos-source';
import { RouteFileError } from './route-file/parse';
import { SchemaLibrary, UNFETCHED } from './route-file/schema-library';
import { RouteManager } from './route-manager';
import { SourceLedger } from './source-ledger';
import { emptySource } from './source';

const PATHS = new ApiPaths('/api');
const AUTH = { credentials: true, permissions: true };
const file = (...paths: string[]): string =>
  JSON.stringify({
    defaults: { policy: { auth: { mode: 'NONE' } } },
    routes: paths.map((path, index) => ({
      id: `r${index}`,
      match: { path },
      upstream: { urls: ['http://127.0.0.1:1'] },
    })),
  });

/** A contract without routes and one that isn't one. */
const good = descriptorSetOf([authV1.AuthProxyService.file]);
/** One with routes. */
const registry = descriptorSetOf([registryV1.RegistryService.file]);
const bad = Buffer.from('rubbish');

function managed() {
  const bytes = new Map<string, Uint8Array>();
  const contracts = new CompiledContracts({ descriptorSet: (digest) => bytes.get(digest) });
  const snapshots: RouteSnapshot[] = [];
  const ledger = new SourceLedger(() => 5);
  const manager = new RouteManager({
    auth: AUTH,
    library: new SchemaLibrary('routes.yaml', UNFETCHED),
    platform: emptySource('platform'),
    contracts: new ContractSources(contracts, AUTH, PATHS, ledger),
    observer: ledger,
    paths: PATHS,
    swap: (snapshot) => void snapshots.push(snapshot),
    onServices: () => undefined,
  });
  return { manager, snapshots, bytes, contracts, ledger, last: () => snapshots.at(-1)! };
}

describe('the route file', () => {
  test('that is wrong leaves the last one in force, and is told', () => {
    const { manager, last, ledger } = managed();
    manager.takeFile(file('/a'));
    expect(() => manager.takeFile(file('a'))).toThrow(RouteFileError);
    expect(ledger.all()).toMatchObject([
      {
        ...{ name: 'file', version: digestOf(Buffer.from(file('/a'))), isRefused: true },
        lastRefusal: { version: digestOf(Buffer.from(file('a'))), rule: 'file' },
      },
    ]);
    expect(last().routes.map(({ template }) => template.source)).toEqual(['/a']);
    expect(last().problems).toEqual([
      {
        severity: 'error',
        source: 'file',
        place: 'routes[0].match.path',
        detail: 'path template "a": must start with "/"',
      },
    ]);
    manager.takeFile(file('/b', '/c'));
    expect(last().routes.map(({ template }) => template.source)).toEqual(['/b', '/c']);
    expect(last().problems).toEqual([]);
  });

  test('that is no YAML is refused with the line', () => {
    const { manager } = managed();
    const problem = (text: string): string => {
      try {
        manager.takeFile(text);
      } catch (error) {
        return (error as Error).message;
      }
      return 'no problem';
    };
    expect(problem('routes:\n  - id: [')).toMatch(/^line 2: /);
    expect(problem('routes: []\nroutes: []')).toMatch(/^line 2: Map keys must be unique/);
    const laughs = [
      'a: &a [x, x]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]}, `.repeat(9)}]`),
    ];
    expect(problem(laughs.join('\n'))).toMatch(/alias/);
    expect(problem('')).toBe('no problem');
  });
});

describe('proto sources', () => {
  const compiled = (bytes: Uint8Array): CompiledProtos => ({
    contract: compileContract(bytes),
    placeOf: (each) => each,
  });

  test('that are wrong leave the last ones in force, and are told until they are right again', () => {
    const { manager, last, contracts } = managed();
    expect(contracts.get('none')).toBeUndefined();
    manager.takeProtos(compiled(registry));
    const before = last().routes;
    expect(before.length).toBeGreaterThan(0);
    const broken = new ProtosError([protosProblem('shop/shop.proto:7', 'syntax error')]);
    expect(() => manager.takeProtos(broken)).toThrow(ProtosError);
    expect(last().routes).toEqual(before);
    expect(last().problems).toEqual([
      { severity: 'error', source: 'protos', place: 'shop/shop.proto:7', detail: 'syntax error' },
    ]);
    manager.takeProtos(compiled(good));
    expect([last().routes, last().problems]).toEqual([[], []]);
  });
});

describe('contracts', () => {
  test('wait for their bytes, and are compiled once', () => {
    const { manager, snapshots, bytes, contracts } = managed();
    const digest = digestOf(good);
    manager.takeContracts([{ service: 'auth', digest }]);
    expect(snapshots).toHaveLength(0);
    expect(contracts.has(digest, '/gateway.auth.v1.AuthProxyService/Authenticate')).toBe(false);
    bytes.set(digest, good);
    manager.takeContracts([{ service: 'auth', digest }]);
    expect(snapshots).toHaveLength(1);
    manager.takeContracts([{ service: 'auth', digest }]);
    expect(snapshots).toHaveLength(1);
    expect(contracts.get(digest)).toBe(contracts.get(digest));
    expect(contracts.has(digest, '/gateway.auth.v1.AuthProxyService/Authenticate')).toBe(true);
    expect(contracts.has(digest, '/gateway.auth.v1.AuthProxyService/Nope')).toBe(false);
  });

  test('that are wrong leave the last good one, until the service returns to it', () => {
    const { manager, bytes, last, snapshots, contracts, ledger } = managed();
    bytes.set('good', good).set('bad', bad);
    manager.takeContracts([{ service: 'auth', digest: 'good' }]);
    manager.takeContracts([{ service: 'auth', digest: 'bad' }]);
    expect(last().problems[0]).toMatchObject({ severity: 'error', source: 'contract auth' });
    expect(contracts.has('bad', '/x')).toBe(false);
    const before = snapshots.length;
    manager.takeContracts([{ service: 'auth', digest: 'bad' }]);
    expect(snapshots).toHaveLength(before);
    expect(ledger.all()).toMatchObject([
      {
        name: 'contract auth',
        version: 'good',
        since: 5,
        isRefused: true,
        lastRefusal: { version: 'bad', rule: 'malformed' },
      },
    ]);
    manager.takeContracts([{ service: 'auth', digest: 'good' }]);
    expect(last().problems).toEqual([]);
    expect(ledger.all()).toMatchObject([{ isRefused: false, lastRefusal: { version: 'bad' } }]);
  });

  test('are forgotten from the oldest on when there are too many', () => {
    const { bytes, contracts } = managed();
    for (let i = 0; i < 513; i++) bytes.set(`d${i}`, bad);
    const first = contracts.get('d0');
    for (let i = 1; i < 513; i++) contracts.get(`d${i}`);
    expect(contracts.get('d0')).not.toBe(first);
    const { length } = String(contracts.version());
    contracts.touch();
    expect(String(contracts.version())).toHaveLength(length);
  });
});

describe('the snapshot in force', () => {
  test('is swapped whole, and keeps the pipelines of routes that stayed', () => {
    const { manager, last } = managed();
    let assembled = 0;
    let now = 5;
    const holder = new SnapshotHolder(
      () => {
        assembled += 1;
        return () => answer();
      },
      () => now,
      new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock: fakeClock() }),
    );
    expect(holder.current).toMatchObject({ revision: 0, since: 5, routes: [] });
    manager.takeFile(file('/a'));
    holder.swap(last());
    now = 9;
    const before = holder.current;
    holder.swap(last());
    expect(assembled).toBe(1);
    expect(holder.current).toMatchObject({ revision: 2, since: 9 });
    expect(before.table.match('', '/a', 'GET').kind).toBe('found');
  });
});
