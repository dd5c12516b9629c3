import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Cluster } from '../cluster';
import { addOnValues } from '../manifests';
import { gateOf, version } from './target-group-bindings';

const name = 'aws-load-balancer-webhook';

/**
 * The controller's webhook for pods: a gate for each target group whose Service selects the pod, at the moment in which it
 * is created. Whom it is asked for, and what happens when it does not answer, are the values of the add-on.
 */
export async function readinessGates({ api, plane }: Cluster) {
  const certificate = readFileSync(plane.key('apiserver.crt'));
  const server = createServer({ key: readFileSync(plane.key('apiserver.key')), cert: certificate });
  server.on('request', async (incoming, answer) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { request } = JSON.parse(Buffer.concat(parts).toString());
    const response = await review(request).catch((error) => ({
      allowed: false,
      status: { message: (error as Error).message },
    }));
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: request.uid, ...response },
      }),
    );
  });

  async function review({ namespace, object }: any) {
    const bindings = await api.list(version, 'TargetGroupBinding', namespace);
    const services = bindings.length > 0 ? await api.list('v1', 'Service', namespace) : [];
    const gates = bindings
      .filter(({ spec }) => {
        const service = services.find(({ metadata }) => metadata.name === spec.serviceRef.name);
        const selector = Object.entries(service?.spec.selector ?? {});
        return selector.length > 0 && selector.every(([key, value]) => object.metadata.labels?.[key] === value);
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
