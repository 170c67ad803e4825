import type { EdgeResponse } from '@gateway/pipeline';
import { rescueResponse } from '../../rescue';
import type { RouteStage } from '../stage';
import type { Settings } from '../settings';

/** Answers every error of the stages below. */
export function rescue(): RouteStage {
  return (next) => (context) => {
    const answer = (thrown: unknown): EdgeResponse => rescueResponse(thrown, context);
    try {
      const response = next(context);
      return response instanceof Promise ? response.catch(answer) : response;
    } catch (thrown) {
      return answer(thrown);
    }
  };
}

/** How errors are answered. */
export const describeRescue = (): Settings => ({ errors: 'application/problem+json' });
