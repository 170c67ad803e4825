import { Controller, Delete, Get, HttpCode } from '@nestjs/common';
import { CallCounter } from '../calls/call-counter';

/** How often each method was called: `{"project.v1.ProjectService/GetProject": 2}`. */
@Controller('calls')
export class CallsController {
  constructor(private readonly calls: CallCounter) {}

  @Get()
  counts(): Record<string, number> {
    return this.calls.counts();
  }

  @Delete()
  @HttpCode(204)
  reset(): void {
    this.calls.reset();
  }
}
