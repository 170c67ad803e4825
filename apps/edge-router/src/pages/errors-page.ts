import { type ErrorCode, type ErrorDefinition, ERRORS, problemType } from '@gateway/errors';
import type { Page } from '../snapshot/platform-routes';
import { answerEntity, entityOf } from './entity';

/** A page for people. */
const READER_LIMIT = { name: 'errors', requests: 120, window: { seconds: 60n }, burstLimit: 20, by: ['ip'] };

/** Nothing but the text: no script, no style of the page's own, no frame. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/docs/errors`: what each code of a problem document means. What a `type` names is found here by its code. */
export function errorsPage(): Page {
  const entity = entityOf(html(), 'text/html; charset=utf-8');
  const headers = ['content-security-policy', CONTENT_SECURITY_POLICY];
  const policy = { rateLimits: [READER_LIMIT] };
  return {
    name: 'docs-errors',
    path: '/docs/errors',
    policy,
    answer: (context) => answerEntity(context, entity, headers),
  };
}

const row = ([code, { status, title, retryable }]: [ErrorCode, ErrorDefinition]): string =>
  `<tr id="${code}"><td><a href="#${code}"><code>${code}</code></a></td><td>${status}</td><td>${title}</td>` +
  `<td>${retryable ? 'yes' : 'no'}</td><td><code>${problemType(code)}</code></td></tr>`;

const html = (): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors</title>
<link rel="icon" href="data:,">
</head>
<body>
<h1>Errors</h1>
<p>Every failure is a problem document (RFC 9457, <code>application/problem+json</code>): <code>code</code> is for programs,
<code>type</code> names the kind, <code>detail</code> says what happened this time, <code>requestId</code> names the request in
logs. Where "again" says yes the same call may succeed later; <code>Retry-After</code> says when, if somebody knows.</p>
<table>
<thead><tr><th>code</th><th>status</th><th>title</th><th>again</th><th>type</th></tr></thead>
<tbody>
${(Object.entries(ERRORS) as [ErrorCode, ErrorDefinition][]).map(row).join('\n')}
</tbody>
</table>
</body>
</html>
`;
