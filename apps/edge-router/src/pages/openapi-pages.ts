import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import type { Page } from '../snapshot/platform-routes';
import type { ApiDocuments, DocumentFormat } from './api-documents';
import { answerEntity } from './entity';

/** Programs read a description once; whoever asks more often than this isn't reading. */
const READER_LIMIT = { name: 'openapi', requests: 120, window: { seconds: 60n }, burstLimit: 20, by: ['ip'] };

const OF_VERSION = /^([a-z0-9]{1,32})\.(json|yaml)$/i;

/** `/openapi.json`, `/openapi.yaml`, of one version `/openapi/v1.json`; of sockets `/asyncapi.json`, `/asyncapi.yaml`. */
export function openapiPages(documents: Pick<ApiDocuments, 'document' | 'socketDocument'>): Page[] {
  const answer = (context: RequestContext, format: DocumentFormat, version: string | null): EdgeResponse => {
    const entity = documents.document(format, version);
    if (entity === null) throw new GatewayError('GW_NOT_FOUND', { detail: `There is no version "${version}"` });
    return answerEntity(context, entity);
  };
  const policy = { rateLimits: [READER_LIMIT] };
  const socketPage = (format: DocumentFormat): Page => ({
    name: `asyncapi-${format}`,
    path: `/asyncapi.${format}`,
    policy,
    answer: (context) => answerEntity(context, documents.socketDocument(format)),
  });
  return [
    { name: 'openapi-json', path: '/openapi.json', policy, answer: (context) => answer(context, 'json', null) },
    { name: 'openapi-yaml', path: '/openapi.yaml', policy, answer: (context) => answer(context, 'yaml', null) },
    {
      name: 'openapi-version',
      path: '/openapi/{document}',
      policy,
      answer: (context) => {
        const [, version, format] = OF_VERSION.exec(context.captures[0]!) ?? [];
        if (version === undefined) throw new GatewayError('GW_NOT_FOUND');
        return answer(context, format as DocumentFormat, version);
      },
    },
    socketPage('json'),
    socketPage('yaml'),
  ];
}
