import { Controller, Get, Query } from '@nestjs/common';
import { VersionsView } from '../versions/versions-view';

/** Which versions of the API there are; with `?verbose` also who still calls what is deprecated. */
@Controller('versions')
export class VersionsController {
  constructor(private readonly view: VersionsView) {}

  @Get()
  versions(@Query('verbose') verbose?: string): object {
    const versions = this.view.versions();
    return verbose === undefined ? { versions } : { versions, callers: this.view.callers() };
  }
}
