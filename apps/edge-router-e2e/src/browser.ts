import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';
const QUIET = ['quic', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`);

/** Whether there is a browser here. */
export const hasBrowser = (): boolean => existsSync(CHROMIUM);

/** A page in a real browser, with what it did that a reader doesn't see. */
export interface WatchedPage {
  readonly page: Page;
  /** The origins of all requests. */
  readonly origins: ReadonlySet<string>;
  /** What the browser complained of: broken rules of content, failed loads, uncaught errors. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts a browser that takes the development authority's certificates. */
export async function openPage(): Promise<WatchedPage> {
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...QUIET];
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  // A shared machine may be busy with other tests.
  page.setDefaultTimeout(60_000);
  const origins = new Set<string>();
  const complaints: string[] = [];
  page.on('request', (request) => {
    // What is in the page itself asks nobody.
    if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => void complaints.push(error.message));
  return { page, origins, complaints, close: () => browser.close() };
}
