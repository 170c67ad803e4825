/** What is printed instead. */
export const REDACTED = '[redacted]';

/** Names of fields that hold credentials, as they occur in headers, messages and configuration. */
const SECRET_FIELDS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'token',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'secret',
  'apiKey',
  'x-api-key',
  'privateKey',
];

/** Where such a field may be in a log line: at the top, in an object, or in the headers of a request or response. */
const PLACES = ['', '*', 'req.headers', 'res.headers'];

/** Paths in pino's syntax that are redacted in every line. */
export const REDACTED_PATHS: readonly string[] = PLACES.flatMap((place) =>
  SECRET_FIELDS.map((field) => `${place}["${field}"]`),
);
