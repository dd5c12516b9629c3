import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Cluster } from '../cluster';
import { addOnValues } from '../manifests';
import type { Seen } from './seen';
import { gateOf } from './target-group-bindings';

const name = 'aws-load-balancer-webhook';

/**
 * The controller's webhook for pods: a gate for each target group whose Service selects the pod, at the moment in which it
 * is created. Whom it is asked for, and what happens when it does not answer, are the values of the add-on.
 */
export async function readinessGates({ api, plane }: Cluster, { kinds }: Seen) {
  const certificate = readFileSync(plane.key('apiserver.crt'));
  const server = createServer({ key: readFileSync(plane.key('apiserver.key')), cert: certificate });
  server.on('request', async (incoming, answer) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { request } = JSON.parse(Buffer.concat(parts).toString());
    const response = review(request);
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: request.uid, ...response },
      }),
    );
  });

  function review({ namespace, object }: any) {
    const gates = kinds.TargetGroupBinding.objects
      .filter(({ metadata, spec }) => {
        const service = kinds.Service.find(spec.serviceRef.name, metadata.namespace);
        const selector = Object.entries(service?.spec.selector ?? {});
        const selects = selector.every(([key, value]) => object.metadata.labels?.[key] === value);
        return metadata.namespace === namespace && selector.length > 0 && selects;
      })
      .map((binding) => ({ conditionType: gateOf(binding) }));
    const patch = [{ op: 'add', path: '/spec/readinessGates', value: gates }];
    if (gates.length === 0) return { allowed: true };
    return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  }

  let port = 0;
  const start = async () => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    port = (server.address() as { port: number }).port;
  };
  await start();
  const { podMutatorWebhookConfig, objectSelector } = addOnValues('aws-load-balancer-controller');
  await api.applyAll(
    [
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name },
        webhooks: [
          {
            name: 'mpod.elbv2.k8s.aws',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: podMutatorWebhookConfig.failurePolicy,
            objectSelector,
            namespaceSelector: { matchLabels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            clientConfig: {
              url: `https://127.0.0.1:${port}/mutate-v1-pod`,
              caBundle: certificate.toString('base64'),
            },
          },
        ],
      },
    ],
    { manager: 'aws-load-balancer-controller' },
  );
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  await stop();
  return { start, stop };
}
