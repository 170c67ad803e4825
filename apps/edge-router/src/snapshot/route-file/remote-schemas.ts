import type { FetchedSchemas } from './schema-library';
import { parseRouteFile, RouteFileError } from './parse';
import { referenceOf } from './validation-schema';

/** Reads the text at a URL. Rejects when it can't, in bounded time. */
export type FetchText = (url: string) => Promise<string>;

/** Schemas at URLs, as they were when they could last be fetched. */
export class RemoteSchemas implements FetchedSchemas {
  private texts = new Map<string, string>();
  private failures = new Map<string, string>();

  constructor(private readonly fetchText: FetchText) {}

  /**
   * Fetches what a route file names, anew: it is read again to see what has changed. What can't be fetched stays what it was.
   * @returns why, a line per URL
   */
  async refresh(routeFile: string): Promise<string[]> {
    const urls = [...urlsOf(routeFile)];
    const known = this.texts;
    this.texts = new Map();
    this.failures = new Map();
    await Promise.all(urls.map((url) => this.fetch(url, known.get(url))));
    return [...this.failures].map(([url, why]) => `${url}: ${why}`);
  }

  text(url: string): string {
    const text = this.texts.get(url);
    if (text === undefined) throw new Error(`cannot be fetched: ${this.failures.get(url) ?? 'nobody has tried'}`);
    return text;
  }

  private async fetch(url: string, last: string | undefined): Promise<void> {
    try {
      this.texts.set(url, await this.fetchText(url));
    } catch (error) {
      this.failures.set(url, (error as Error).message);
      if (last !== undefined) this.texts.set(url, last);
    }
  }
}

function urlsOf(text: string): Set<string> {
  try {
    const sources = parseRouteFile(text).routes.flatMap(({ validation }) => Object.values(validation ?? {}));
    const references = sources.map(referenceOf).filter((reference) => reference !== null);
    return new Set(references.flatMap((reference) => ('url' in reference ? [reference.url] : [])));
  } catch (error) {
    // Whoever takes the file says what is wrong with it.
    if (error instanceof RouteFileError) return new Set();
    throw error;
  }
}
