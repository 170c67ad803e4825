import { Controller, Get, Query } from '@nestjs/common';
import { Explainer } from '../explain/explainer';
import type { Explanation } from '../explain/explanation';
import { readQuestion } from '../explain/question';

/** What would become of a request, without sending it. */
@Controller('explain')
export class ExplainController {
  constructor(private readonly explainer: Explainer) {}

  @Get()
  explain(@Query() parameters: Record<string, unknown>): Explanation {
    return this.explainer.explain(readQuestion(parameters));
  }
}
