import { ApiObject, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from './sync-wave';

/** The name of the one pod of a StatefulSet, without a virtual address in between. */
export function headlessService(
  scope: Construct,
  id: string,
  props: { name: string; port: number; pods: Record<string, string> },
): kplus.Service {
  const { name, port } = props;
  const service = new kplus.Service(scope, id, {
    metadata: { name, annotations: wave('traffic') },
    clusterIP: 'None',
    ports: [{ name, port, targetPort: port, protocol: kplus.Protocol.TCP }],
    selector: kplus.Pods.select(scope, `${id}-pods`, { labels: props.pods }),
  });
  // A StatefulSet adds its own selector label to its Service, the hash of its path that pods here do not carry.
  ApiObject.of(service).addJsonPatch(JsonPatch.replace('/spec/selector', props.pods));
  return service;
}
