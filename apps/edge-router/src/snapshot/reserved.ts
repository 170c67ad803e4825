/** Paths that are the platform's own. `/socket.io` isn't among them: a route file may say where its sockets go. */
const RESERVED = /^\/(?:docs|openapi[^/]*|asyncapi[^/]*|health|versions)(?:\/|$)/;

/** Whether a route file can't have the path. */
export const isReserved = (path: string): boolean => RESERVED.test(path);
