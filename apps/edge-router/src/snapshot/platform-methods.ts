import { createRegistry, type DescMethod } from '@bufbuild/protobuf';
import { compileTranscoder } from '@gateway/transcoding';
import type { OwnMethod } from '../pipeline/own-method';
import type { Route } from '../pipeline/route';
import { PAGE_MS, type PagePolicy, platformRoute } from './platform-route';
import { streamingOf } from './streams';

/** A page for RPC clients: a method that the gateway itself answers. It goes through the pipeline like any route. */
export interface PageMethod {
  /** Names it in routes, metrics and logs. */
  readonly name: string;
  readonly desc: DescMethod;
  /** Where clients call it; absent: at the path of its gRPC call. */
  readonly path?: string;
  readonly policy: PagePolicy;
  readonly own: OwnMethod;
}

/** Whose methods they are, where routes are shown. */
const GATEWAY = 'edge-router';

/** The whole message is in the body. */
const WHOLE = { body: '*', responseBody: '' };

/** The route of a method of the gateway's own. One that streams has the page's time for its first message. */
export function methodRoute({
  name,
  desc,
  path = `/${desc.parent.typeName}/${desc.name}`,
  policy,
  own,
}: PageMethod): Route {
  const registry = createRegistry(desc.parent.file);
  const transcoder = compileTranscoder(desc, { variables: [], ...WHOLE, method: 'POST' }, registry);
  const target = {
    kind: 'grpc',
    service: GATEWAY,
    method: desc,
    path,
    transcoder,
    front: 'rpc',
    registry,
    binding: WHOLE,
    streaming: streamingOf(desc),
    own,
  } as const;
  return { ...platformRoute(name, path, policy, target), methods: ['POST'], timeoutMs: PAGE_MS };
}
