const LINK_NAME = /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const LINK_URL = /^(tcp|udp|sctp):\/\//;

/**
 * Whether Kubernetes injected the variable for a Service (`EDGE_ROUTER_SERVICE_HOST`, `EDGE_ROUTER_PORT=tcp://10.0.0.1:80`):
 * they would otherwise look like misspelt keys. A bare `*_PORT` is one only when its value is such a URL, so that a misspelt
 * port is still found.
 */
export const isKubernetesLink = (name: string, value: string): boolean =>
  LINK_NAME.test(name) || (name.endsWith('_PORT') && LINK_URL.test(value));

/**
 * Whether the value itself can only come from Kubernetes. A Service called `edge-admin` sets `EDGE_ADMIN_PORT` to a URL;
 * that is no setting of ours.
 */
export const isLinkUrl = (name: string, value: string): boolean => name.endsWith('_PORT') && LINK_URL.test(value);
