import { GatewayError } from '@gateway/errors';
import type { Body } from '@gateway/pipeline';
import { splitLines } from '../streaming/split-lines';
import { Upload } from '../streaming/upload';
import { clientMessages } from './client-messages';
import { messageAnswer, singleAnswer, streamOpener, type StreamForwardPorts } from './forward-stream';
import { checkType } from './request-message';
import type { GrpcTarget, Route } from './route';
import type { RouteHandler } from './stage';

/** What forwarding uploads needs. */
export interface UploadPorts extends StreamForwardPorts {
  /** Largest message of a client whose policy doesn't say, in bytes. */
  readonly bodyLimit: number;
}

const LINES = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)[ \t]*(?:;|$)/i;
const ACCEPTS_LINES = { accepts: (type: string): boolean => LINES.test(type) };

/** The end of the pipeline for a method whose client streams, over plain HTTP: a message a line, sent as it comes. */
export function forwardUpload(route: Route, target: GrpcTarget, ports: UploadPorts): RouteHandler {
  const open = streamOpener(route, target, ports);
  const messagesOf = clientMessages(route, target, ports);
  const answer = (target.streaming?.server === true ? messageAnswer : singleAnswer)(route, target, ports);
  const limit = Number(route.policy.maxBodyBytes ?? ports.bodyLimit);
  // What takes anything takes content, piece by piece: google.api.HttpBody.
  const isContent = target.transcoder.accepts('application/octet-stream');
  return (context) => {
    const { method } = context.request;
    // What has no body has nothing to say.
    if (method === 'GET' || method === 'HEAD')
      throw new GatewayError('GW_UPGRADE_REQUIRED', { headers: ['upgrade', 'websocket'] });
    checkType(context, isContent ? target.transcoder : ACCEPTS_LINES, 'application/x-ndjson');
    const stream = open(context);
    const upload = new Upload(stream, messagesOf(context));
    const chunks = chunksOf(context.takeBody());
    const said = upload.run(isContent ? chunks : splitLines(chunks, limit));
    return answer(context, stream, { upload, said });
  };
}

async function* chunksOf(body: Body): AsyncGenerator<Buffer, void> {
  if (Buffer.isBuffer(body)) yield body;
  else if (body !== null) yield* body as AsyncIterable<Buffer>;
}
