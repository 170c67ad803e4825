import { checkRange, invalidField } from '../checks';

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;
const POSITION = /^after:(\d{1,15})$/;

/** @throws GatewayError GW_INVALID_FIELD */
export function pageSizeOf(requested: number): number {
  checkRange('/pageSize', requested, 0, MAX_SIZE);
  return requested === 0 ? DEFAULT_SIZE : requested;
}

/** The token of the page after a position. Encoded, so that nobody takes it for something to compute with. */
export const pageTokenAfter = (position: number): string => Buffer.from(`after:${position}`).toString('base64url');

/** The position that a page token names; 0 for none. @throws GatewayError GW_INVALID_FIELD */
export function positionOf(pageToken: string): number {
  if (pageToken === '') return 0;
  const [, position] = POSITION.exec(Buffer.from(pageToken, 'base64url').toString('latin1')) ?? [];
  if (position === undefined) throw invalidField('/pageToken', 'token', 'is not a token of this list');
  return Number(position);
}
