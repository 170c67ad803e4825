export { TRUST_DOMAIN, serviceNameOf, spiffeIdFor, spiffeIdOf, type PeerCertificateNames } from './spiffe';
export { IdentityError } from './pair';
export { expectServer, peerFor, peerOfSocket, type Peer } from './peer';
export {
  loadIdentity,
  type ClientCert,
  type Identity,
  type IdentityOptions,
  type SecureContextHolder,
} from './identity';
