import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '@gateway/errors';
import type { Page } from '../snapshot/platform-routes';
import { answerEntity, type Entity, entityOf } from './entity';

/** What the page is made of; the build lays it beside the program. */
const ASSETS = {
  'index.html': 'text/html; charset=utf-8',
  'initializer.js': 'text/javascript; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
} as const;

type Asset = keyof typeof ASSETS;

/**
 * Nothing but the gateway's own files, no inline script, no frame. `data:` images are the icons of Swagger UI's style
 * sheet.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A view of the page takes four requests. */
const VIEWER_LIMIT = { name: 'docs', requests: 240, window: { seconds: 60n }, burstLimit: 40, by: ['ip'] };

/**
 * `/docs`: the API to read and to try.
 * @param folder where the build has laid the assets; without them there is no such page
 */
export function docsPages(folder: string): Page[] {
  if (!Object.keys(ASSETS).every((name) => existsSync(join(folder, name)))) return [];
  const entities = new Map<Asset, Entity>();
  const entity = (name: Asset): Entity => {
    let known = entities.get(name);
    if (known === undefined) entities.set(name, (known = entityOf(readFileSync(join(folder, name)), ASSETS[name])));
    return known;
  };
  const headers = ['content-security-policy', CONTENT_SECURITY_POLICY];
  const policy = { rateLimits: [VIEWER_LIMIT] };
  return [
    { name: 'docs', path: '/docs', policy, answer: (context) => answerEntity(context, entity('index.html'), headers) },
    {
      name: 'docs-assets',
      path: '/docs/{asset}',
      policy,
      answer: (context) => {
        const name = context.captures[0]!;
        if (!isAsset(name)) throw new GatewayError('GW_NOT_FOUND');
        return answerEntity(context, entity(name), headers);
      },
    },
  ];
}

const isAsset = (name: string): name is Asset => Object.hasOwn(ASSETS, name);
