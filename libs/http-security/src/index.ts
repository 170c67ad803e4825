export { canonicalPath, type CanonicalTarget, hasEscapedSlash } from './canonical-path';
export { TrustedProxies, clientAddress, normalizeAddress, parseForwardedFor } from './client-address';
export { listValues, type HeaderList } from './headers';
export { removeHopByHop } from './hop-by-hop';
export { addMissingHeaders, securityHeaders, type SecurityHeadersOptions } from './security-headers';
export { refuseUnderscores, stripUntrusted } from './untrusted';
export { Cors, type CorsOptions, type Preflight, requestedHeaders } from './cors';
