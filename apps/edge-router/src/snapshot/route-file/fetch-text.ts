import { request } from 'node:https';
import type { Clock } from '@gateway/clock';
import { MAX_SCHEMA_BYTES } from './schema-library';

/** How long fetching a schema may take, in milliseconds. */
const FETCH_MS = 10_000;

/** What fetching may use. */
export interface FetchOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string;
}

/**
 * The text at an https URL. Redirects aren't followed: what is written in the file is what is asked.
 * @throws Error when it isn't there in ten seconds, is larger than a schema may be, or its server can't be trusted
 */
export function fetchText(url: string, { clock, ca }: FetchOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => void call.destroy(new Error(why));
    const call = request(url, { ca, headers: { accept: 'application/schema+json, application/json' } }, (response) => {
      if (response.statusCode !== 200) return fail(`the answer is ${response.statusCode}`);
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_SCHEMA_BYTES) fail(`it is larger than ${MAX_SCHEMA_BYTES} bytes`);
      });
      response.on('end', () => resolve(Buffer.concat(chunks, length).toString()));
      response.on('error', reject);
    });
    const timer = clock.after(FETCH_MS, () => fail(`there is no answer within ${FETCH_MS} ms`));
    call.on('error', reject);
    call.on('close', () => timer.cancel());
    call.end();
  });
}
