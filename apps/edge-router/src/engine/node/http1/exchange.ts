import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Body, EdgeResponse } from '@gateway/pipeline';
import { NodeRequest, type RequestHead } from '../node-request';
import { pump } from '../pump';
import { RequestBody, collectBody } from '../request-body';
import { discard, finish } from '../discard';
import type { Traffic } from '../traffic';
import type { Http1Connection, OpenExchange } from './connection';
import { readHttp1Head } from './read-head';
import { declaredLength, framedHeaders, hasBody } from './response-head';

/** Bodies up to this are written in one string with the head: one system call, no vector (bytes are latin1 both ways). */
const INLINE_BYTES = 16 * 1_024;

/** One HTTP/1 request and its response. */
export class Http1Exchange implements OpenExchange {
  private request: NodeRequest | null = null;
  /** Whether the head was all there was; node says so of a message only after the handler has been called. */
  private bodyless = false;
  private response: EdgeResponse | null = null;
  private bytes = 0;
  private closed = false;
  /** Ends the reading of the body, when nobody will ever send the rest. */
  private giveUpBody: (() => void) | null = null;

  constructor(
    private readonly traffic: Traffic,
    private readonly connection: Http1Connection,
    private readonly message: IncomingMessage,
    private readonly writer: ServerResponse,
  ) {}

  /** @param awaitsContinue the client waits for `100 Continue` before it sends the body */
  begin(awaitsContinue: boolean): void {
    this.open();
    let head: RequestHead;
    try {
      head = readHttp1Head(this.message, this.traffic.limits, this.connection);
    } catch (error) {
      this.respond(this.traffic.refuse(error, this.connection.remoteAddress));
      return;
    }
    this.readBody(head, awaitsContinue);
  }

  /** Writes an answer that was made elsewhere. */
  answerWith(response: EdgeResponse): void {
    this.bodyless = true;
    this.open();
    this.respond(response);
  }

  private open(): void {
    this.traffic.requests++;
    this.connection.opened(this);
    this.writer.on('close', () => this.close());
  }

  refuse(error: unknown): boolean {
    if (this.response !== null || this.received) return false;
    this.request?.cancel();
    this.respond(this.traffic.refuse(error, this.connection.remoteAddress));
    return true;
  }

  private readBody(head: RequestHead, awaitsContinue: boolean): void {
    const { length } = head;
    this.bodyless = length === 0;
    if (this.bodyless) this.handle(head, null);
    else if (length > 0 && this.traffic.mayCollect(length)) {
      if (awaitsContinue) this.writer.writeContinue();
      this.giveUpBody = collectBody(this.message, length, (body) => {
        this.traffic.collected(length);
        if (body !== null && this.response === null) this.handle(head, body);
      });
    } else {
      const body = new RequestBody(
        this.message,
        () => !this.message.complete,
        awaitsContinue ? () => this.sendContinue() : null,
      );
      this.giveUpBody = () => body.giveUp();
      this.handle(head, body);
    }
  }

  /** Whether all of the request has arrived, so that the connection can go on after the answer. */
  private get received(): boolean {
    return this.bodyless || this.message.complete;
  }

  private sendContinue(): void {
    if (!this.writer.headersSent && !this.writer.destroyed) this.writer.writeContinue();
  }

  private handle(head: RequestHead, body: Body): void {
    this.request = new NodeRequest(head, body);
    if (this.closed) this.request.cancel();
    this.traffic.answer(this.request, (response) => this.respond(response));
  }

  private respond(response: EdgeResponse): void {
    if (this.closed || this.response !== null) {
      discard(response);
      return;
    }
    this.response = response;
    try {
      this.write(response);
    } catch (error) {
      this.replace(response, error);
    }
  }

  /** A response that can't be written, such as one with a line break in a header, is answered as our own failure. */
  private replace(response: EdgeResponse, error: unknown): void {
    discard(response);
    this.response = this.traffic.handlerFailed(error);
    if (this.writer.headersSent) this.writer.destroy();
    else this.write(this.response);
  }

  private write(response: EdgeResponse): void {
    const { writer, message } = this;
    const { body } = response;
    const method = message.method!;
    if (this.traffic.draining || !this.received) writer.shouldKeepAlive = false;
    // HTTP/1.1 is persistent without saying so.
    else if (writer.shouldKeepAlive && message.httpVersion === '1.1') writer.removeHeader('connection');
    writer.writeHead(response.status, framedHeaders(response, this.lengthToDeclare(response)));
    // The rest of the request has to be read, or at least received, before the connection can close.
    if (!this.received) message.socket.destroySoon = () => this.connection.linger();
    if (body === null || !hasBody(method, response.status)) {
      if (body !== null && !Buffer.isBuffer(body)) body.destroy();
      writer.end();
    } else if (Buffer.isBuffer(body)) this.writeWhole(body, response);
    else this.stream(response);
  }

  /** Trailers need chunks, which need HTTP/1.1. */
  private lengthToDeclare(response: EdgeResponse): number | undefined {
    const { method, httpVersion } = this.message;
    const isChunked = response.trailers !== undefined && response.body !== null && httpVersion === '1.1';
    return isChunked ? undefined : declaredLength(method!, response);
  }

  private writeWhole(body: Buffer, response: EdgeResponse): void {
    this.bytes = body.length;
    this.addTrailers(response);
    if (body.length <= INLINE_BYTES) this.writer.end(body.toString('latin1'), 'latin1');
    else this.writer.end(body);
  }

  private stream(response: EdgeResponse): void {
    const { writer } = this;
    const body = response.body as RequestBody;
    pump(body, writer, {
      onChunk: (bytes) => void (this.bytes += bytes),
      onEnd: () => {
        this.addTrailers(response);
        writer.end();
      },
      // A chunked body without its last chunk, or one that is too short: the client sees that it isn't whole.
      onBroken: () => writer.destroy(),
    });
    // The head leaves with the first chunk when that is already there, else without it: events may be far apart.
    setImmediate(() => {
      if (this.bytes === 0 && !writer.writableEnded && !writer.destroyed) writer.flushHeaders();
    });
  }

  private addTrailers({ trailers }: EdgeResponse): void {
    if (trailers !== undefined && this.writer.chunkedEncoding) this.writer.addTrailers(pairs(trailers()));
  }

  /** The response has been written, or the connection has broken. */
  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.traffic.requests--;
    this.connection.closed(this);
    const complete = this.writer.writableFinished;
    if (!complete) this.request?.cancel();
    // Node forgets a message with its answer: it wouldn't tell that the rest will never come.
    if (!this.received) this.giveUpBody?.();
    if (this.response !== null) finish(this.response, this.bytes, complete);
  }
}

function pairs(list: string[]): [string, string][] {
  const paired: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) paired.push([list[i]!, list[i + 1]!]);
  return paired;
}
