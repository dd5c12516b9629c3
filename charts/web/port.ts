import { loadBalanced } from '../environments/load-balanced';

/** Puma's port in the pod, and that of the Services: the controllers write it into the load balancer's rules. */
export const webPort = loadBalanced.web.port;
