import { answerEntity } from '../pages/entity';
import type { Page } from '../snapshot/platform-routes';
import type { VersionsView } from './versions-view';

/** Whoever asks more often learns nothing more. */
const READER_LIMIT = { name: 'versions', requests: 120, window: { seconds: 60n }, burstLimit: 20, by: ['ip'] };

/** The public `/versions`: which versions of the API there are, and what of them ends. */
export const versionsPage = (view: Pick<VersionsView, 'page'>): Page => ({
  name: 'versions',
  path: '/versions',
  policy: { rateLimits: [READER_LIMIT] },
  answer: (context) => answerEntity(context, view.page()),
});
