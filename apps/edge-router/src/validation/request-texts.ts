import { type FieldError, GatewayError } from '@gateway/errors';
import type { ParameterTexts } from '@gateway/json-schema';
import { getHeaders, type HeaderList } from '@gateway/pipeline';
import { DEFAULT_LIMITS } from '@gateway/transcoding';

/** The fields of a request that a schema names. Others are none of its business: every request has some. */
export const headerTexts = (headers: HeaderList, names: readonly string[]): ParameterTexts =>
  new Map(names.map((name) => [name, getHeaders(headers, name)] as const).filter(([, texts]) => texts.length > 0));

/**
 * The parameters of a query, as HTML forms write them.
 * @throws GatewayError GW_INVALID_FIELD for what is no percent-encoded UTF-8, and for too many
 */
export function queryTexts(query: string): ParameterTexts {
  const texts = new Map<string, string[]>();
  const parts = query === '' ? [] : query.split('&');
  const max = DEFAULT_LIMITS.parameters;
  if (parts.length > max) throw wrong({ pointer: 'query', rule: 'size', detail: `more than ${max} parameters` });
  for (const part of parts) {
    const [, name = '', text = ''] = /^([^=]*)=?(.*)$/s.exec(part)!.map(decoded);
    const known = texts.get(name);
    if (known === undefined) texts.set(name, [text]);
    else known.push(text);
  }
  return texts;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw wrong({ pointer: 'query', rule: 'encoding', detail: 'expected percent-encoded UTF-8' });
  }
}

const wrong = (error: FieldError): GatewayError => new GatewayError('GW_INVALID_FIELD', { errors: [error] });
