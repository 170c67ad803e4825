export { getHeader, getHeaders, removeHeader, setHeader, type HeaderList } from './headers';
export type { Body, EdgeRequest, EdgeResponse, HttpVersion, ResponseEnd } from './message';
export { compose, type Handler, type Stage } from './stage';
