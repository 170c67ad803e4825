import { afterEach } from '@jest/globals';
import { drainConformance } from './conformance/drain.conformance';
import { endAll, type Subject } from './conformance/harness.conformance';
import { http1Conformance } from './conformance/http1.conformance';
import { http2Conformance } from './conformance/http2.conformance';
import { malformedConformance } from './conformance/malformed.conformance';
import { responseConformance } from './conformance/responses.conformance';
import { tunnelConformance } from './conformance/tunnel.conformance';

/** What every engine has to pass, over real sockets. */
export function engineConformance(subject: Subject): void {
  afterEach(endAll);
  http1Conformance(subject);
  responseConformance(subject);
  malformedConformance(subject);
  http2Conformance(subject);
  tunnelConformance(subject);
  drainConformance(subject);
}
