import type { Body, EdgeRequest, HeaderList, HttpVersion } from '@gateway/pipeline';

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly version: HttpVersion;
  readonly headers: HeaderList;
  readonly remoteAddress: string;
  readonly upgrade: string;
  /** Bytes of the body; -1: not known before its end. */
  readonly length: number;
}

/** A request as the pipeline sees it. */
export class NodeRequest implements EdgeRequest {
  readonly method: string;
  readonly target: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly version: HttpVersion;
  headers: HeaderList;
  readonly remoteAddress: string;
  readonly upgrade: string;
  private listeners: (() => void)[] | null = null;
  private cancelled = false;

  constructor(
    head: RequestHead,
    readonly body: Body,
  ) {
    this.method = head.method;
    this.target = head.target;
    this.scheme = head.scheme;
    this.authority = head.authority;
    this.version = head.version;
    this.headers = head.headers;
    this.remoteAddress = head.remoteAddress;
    this.upgrade = head.upgrade;
  }

  onCancel(listener: () => void): void {
    if (this.cancelled) listener();
    else if (this.listeners === null) this.listeners = [listener];
    else this.listeners.push(listener);
  }

  /** The client went away before it had the whole response. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    const listeners = this.listeners;
    this.listeners = null;
    if (listeners !== null) for (const listener of listeners) listener();
  }
}
