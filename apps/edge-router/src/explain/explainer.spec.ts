import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { TrustedProxies } from '@gateway/http-security';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, endpoint, grpcRoute, httpRoute } from '../pipeline.fixture';
import { standalonePorts } from '../pipeline.ports.fixture';
import type { Route } from '../pipeline/route';
import { SnapshotHolder } from '../snapshot/holder';
import { instance, upstreamsOf } from '../upstreams/upstreams.fixture';
import { ApiVersions } from '../versions/api-versions';
import { endpointChoices } from './endpoint-choices';
import { Explainer } from './explainer';
import { readQuestion } from './question';

function explainerOf(...routes: Route[]): Explainer {
  const holder = new SnapshotHolder(
    () => () => answer(),
    () => 0,
    new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock: fakeClock() }),
  );
  holder.swap({ routes, problems: [] });
  return new Explainer({
    clock: fakeClock(),
    trustedProxies: new TrustedProxies([]),
    snapshot: () => holder.current,
    pipeline: standalonePorts(),
    endpoints: () => [],
  });
}

const ROUTE: Route = { ...httpRoute({ policy: { auth: { mode: 'NONE' } } }), methods: ['GET'] };

describe('explain', () => {
  test('tells the way of a request, and what is believed of it', () => {
    const credentials = ['authorization: Bearer t1', 'sec-websocket-protocol: gateway.bearer.t1'];
    const header = ['x-forwarded-for: 203.0.113.9', ...credentials, 'accept: text/html'];
    const told = explainerOf(ROUTE).explain(readQuestion({ path: '/a/../a/%37?secret=s1&x=1', header }));
    expect(told).toMatchObject({
      request: {
        target: '/a/7?secret=[masked]&x=1',
        clientAddress: '127.0.0.1',
        secure: true,
        headers: { authorization: '[masked]', 'sec-websocket-protocol': '[masked]', accept: 'text/html' },
      },
      refusal: null,
      route: { id: 'test', template: '/a/{id}', captures: { id: '7' } },
      snapshot: { revision: 1, since: '1970-01-01T00:00:00.000Z' },
    });
    expect(told.request.headers).not.toHaveProperty('x-forwarded-for');
    expect(JSON.stringify(told)).not.toMatch(/t1|s1/);
  });

  test('tells why nothing matches, and what comes near', () => {
    const told = explainerOf(ROUTE).explain(readQuestion({ path: '/b/7' }));
    expect(told.refusal).toMatchObject({ status: 404, code: 'GW_NO_ROUTE', nearest: [] });
    expect(explainerOf(ROUTE).explain(readQuestion({ path: '/a' })).refusal!.nearest).toMatchObject([
      { id: 'test', why: 'the path lacks 1 segments' },
    ]);
    expect(told.route).toMatchObject({ id: 'none', captures: {} });
    expect(told.stages.find(({ name }) => name === 'limitByClient')!.settings).toMatchObject({
      limits: [{ name: 'no-route', key: { ip: '127.0.0.1' } }],
    });
  });

  test('tells which methods there are', () => {
    const { refusal } = explainerOf(ROUTE).explain(readQuestion({ method: 'PUT', path: '/a/7' }));
    expect(refusal).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
      nearest: [{ id: 'test', why: 'has only GET' }],
    });
  });

  test('tells why a request is refused before anybody looks for a route', () => {
    const told = explainerOf(ROUTE).explain(readQuestion({ path: '/a%00?token=t1' }));
    expect(told.refusal).toMatchObject({ status: 400, nearest: [] });
    expect(told.request.target).toBe('/a%00');
  });

  test('tells which version was negotiated', () => {
    const versioned = {
      ...httpRoute({ policy: { auth: { mode: 'NONE' } }, path: '/api/v1/a/{id}' }),
      methods: ['GET'],
    };
    const told = explainerOf(versioned).explain(readQuestion({ path: '/api/a/7', header: 'x-api-version: v1' }));
    expect(told.request).toMatchObject({ target: '/api/v1/a/7', negotiatedVersion: 'v1' });
    expect(explainerOf(versioned).explain(readQuestion({ path: '/api/v1/a/7' })).request.negotiatedVersion).toBeNull();
  });

  test('tells of the contract', () => {
    const route = { ...grpcRoute(), contract: 'sha256:1' };
    expect(explainerOf(route).explain(readQuestion({ path: '/subjects/ada' })).route).toMatchObject({
      contract: 'sha256:1',
      captures: { subject: 'ada' },
    });
  });

  test('sees an upgrade', () => {
    const told = explainerOf({ ...ROUTE, timeoutMs: 5 }).explain(
      readQuestion({ path: '/a/1', header: 'Upgrade: WebSocket' }),
    );
    expect(told.refusal).toBeNull();
  });
});

describe('CORS is explained', () => {
  const cors = { origins: ['https://app.example', 'https://*.app.example'] };
  const open: Route = { ...httpRoute({ policy: { auth: { mode: 'NONE' }, cors } }), methods: ['GET'] };
  const from = (route: Route, origin: string, ...header: string[]) =>
    explainerOf(route).explain(readQuestion({ path: '/a/7', header: [`origin: ${origin}`, ...header] })).cors;
  const asked = (route: Route, method: string, ...header: string[]) =>
    explainerOf(route).explain(
      readQuestion({
        method: 'OPTIONS',
        path: '/a/7',
        header: ['origin: https://app.example', `access-control-request-method: ${method}`, ...header],
      }),
    ).cors;

  test('for an origin that may call, and for one that may not', () => {
    expect(from(open, 'https://app.example')).toEqual({
      origin: 'https://app.example',
      allowed: true,
      why: 'policy.cors of test allows https://app.example, https://*.app.example',
    });
    expect(from(open, 'https://evil.example')).toMatchObject({
      allowed: false,
      why: 'policy.cors of test allows only https://app.example, https://*.app.example',
    });
  });

  test('for preflights', () => {
    expect(asked(open, 'GET')).toMatchObject({ allowed: true, why: expect.stringContaining('to send this') });
    expect(asked(open, 'GET', 'access-control-request-headers: x-odd')).toMatchObject({
      allowed: false,
      why: expect.stringMatching(/may not send the header x-odd$/),
    });
    expect(asked(open, 'DELETE')).toMatchObject({
      allowed: false,
      why: expect.stringContaining('no route for DELETE'),
    });
  });

  test('where no route says anything, or no origin is named', () => {
    const why = "policy.cors of test names no origins: it is the upstream's to say";
    expect(from(ROUTE, 'https://app.example')).toMatchObject({ allowed: false, why });
    expect(asked(ROUTE, 'GET')).toMatchObject({ allowed: false, why });
    const lost = explainerOf(ROUTE).explain(readQuestion({ path: '/b', header: 'origin: https://app.example' }));
    expect(lost.cors).toMatchObject({ allowed: false, why: 'no route has a policy.cors for it' });
    expect(explainerOf(open).explain(readQuestion({ path: '/a/7' })).cors).toBeNull();
  });
});

describe('the endpoints of a route', () => {
  const state = registryV1.InstanceState;

  test('are told with what speaks against each, and nothing is counted', () => {
    const { Protocol } = registryV1;
    const list = [
      instance('a', { contractDigest: 'has' }),
      instance('b', { contractDigest: 'lacks' }),
      instance('c', { protocol: Protocol.HTTP1 }),
      instance('d', { state: state.DRAINING, contractDigest: 'has' }),
      instance('e', { state: state.STARTING }),
    ];
    const { upstreams, directory, contracts, told } = upstreamsOf(list);
    contracts.learn('has');
    const choices = endpointChoices(grpcRoute(), contextOf(), { upstreams, directory });
    expect(choices.map(({ id, picked, against }) => [id, picked, against])).toEqual([
      ['a', true, []],
      ['b', false, ['its contract does not have the method']],
      ['c', false, ['speaks another protocol']],
      ['d', false, ['is draining']],
      ['e', false, ['is starting']],
    ]);
    expect(choices[0]).toMatchObject({ address: 'a:1', contract: 'has', inFlight: 0 });
    expect([told, upstreams.ledgerOf('auth').endpoints[0]!.requests]).toEqual([[], 0]);
  });

  test('are passed over while they are ejected or their breaker is open', () => {
    const list = [
      instance('a', { ejection: create(registryV1.EjectionSchema, { why: 'status 503' }) }),
      instance('b'),
      instance('c'),
    ];
    const { upstreams, directory } = upstreamsOf(list, { isBlocked: (_route, { id }) => id === 'b' });
    const choices = endpointChoices(grpcRoute(), contextOf(), { upstreams, directory });
    expect(choices.map(({ picked, against }) => [picked, against])).toEqual([
      [false, ['ejected-everywhere: status 503']],
      [false, ['its breaker is open']],
      [true, []],
    ]);
  });

  test('are none where the gateway answers itself, and may be fixed', () => {
    const { upstreams, fixed } = upstreamsOf([]);
    fixed.replace(new Map([['web', [endpoint('w')]]]));
    const view = { upstreams, directory: null };
    expect(endpointChoices(httpRoute(), contextOf(), view)).toEqual([
      { id: 'w', address: 'w:1', picked: true, against: [], inFlight: 0 },
    ]);
    const page = httpRoute({ target: { kind: 'page', name: 'p', answer: () => answer() } });
    expect(endpointChoices(page, contextOf(), view)).toEqual([]);
    expect(upstreams.preview(page, contextOf())).toEqual([]);
  });
});
