import type { EdgeHandler } from '../engine';
import { malformed, refusalOf } from '../refusal';

/**
 * Answers everything with a 308 to the same URL over HTTPS; method and body are to be kept (RFC 9110 §15.4.9).
 * @param port the HTTPS port
 */
export function redirectToHttps(port: number): EdgeHandler {
  return (request) => {
    if (request.body !== null && !Buffer.isBuffer(request.body)) request.body.destroy();
    if (request.authority === '') return refusalOf(malformed('Host is missing'));
    const host = request.authority.replace(/:\d+$/, '');
    const location = `https://${host}${port === 443 ? '' : `:${port}`}${request.target}`;
    return { status: 308, headers: ['location', location], body: null };
  };
}
