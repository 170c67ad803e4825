import type { Endpoint, EndpointProtocol } from '../../upstreams/endpoint';

/** Endpoints at fixed URLs. */
export function fixedEndpoints(
  urls: readonly string[],
  protocol: EndpointProtocol,
  identity: string | undefined,
): Endpoint[] {
  return urls.map((url) => {
    const { protocol: scheme, host, port } = new URL(url);
    const secure = scheme === 'https:';
    return {
      id: url,
      address: port === '' ? `${host}:${secure ? 443 : 80}` : host,
      protocol,
      secure,
      expect: identity ?? '',
      generation: '',
      contractDigest: '',
      reportedConnections: 0,
    };
  });
}
