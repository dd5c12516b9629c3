import type { Api } from '../api';
import { Watched } from '../watched';

const version = 'elbv2.k8s.aws/v1beta1';

/** What the load balancer controller watches, and how often it has changed. */
export class Seen {
  /** Changes of what decides the model of a group. */
  groups = 0;
  /** Changes of what decides the targets of a group. */
  targets = 0;
  readonly kinds;

  constructor(api: Api) {
    const group = () => {
      this.groups += 1;
    };
    const target = () => {
      this.targets += 1;
    };
    this.kinds = {
      Ingress: new Watched(api, 'networking.k8s.io/v1', 'Ingress', group),
      IngressClass: new Watched(api, 'networking.k8s.io/v1', 'IngressClass', group),
      IngressClassParams: new Watched(api, version, 'IngressClassParams', group),
      Service: new Watched(api, 'v1', 'Service', group),
      TargetGroupBinding: new Watched(api, version, 'TargetGroupBinding', target),
      EndpointSlice: new Watched(api, 'discovery.k8s.io/v1', 'EndpointSlice', target),
      Pod: new Watched(api, 'v1', 'Pod', target),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.kinds).map((watched) => watched.stop()));
  }
}
