import { type ErrorCode, ERRORS } from '@gateway/errors';

/** Which problem stands for a status that several have: what a service would say, not the gateway. */
const OF_SERVICES: Readonly<Record<number, ErrorCode>> = {
  400: 'GW_BAD_REQUEST',
  404: 'GW_NOT_FOUND',
  409: 'GW_CONFLICT',
  500: 'GW_UPSTREAM_ERROR',
  502: 'GW_UPSTREAM_PROTOCOL',
  503: 'GW_UNAVAILABLE',
};

/** The problem that a status is answered with; undefined: none has that status. */
export function problemOfStatus(status: number): ErrorCode | undefined {
  if (OF_SERVICES[status] !== undefined) return OF_SERVICES[status];
  return (Object.keys(ERRORS) as ErrorCode[]).find((code) => ERRORS[code].status === status);
}
