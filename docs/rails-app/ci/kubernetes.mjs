import { readFileSync } from 'node:fs';

// In a pod; the authority of the API server comes by NODE_EXTRA_CA_CERTS.
const api = process.env.KUBERNETES_API ?? 'https://kubernetes.default.svc';
const tokenFile = process.env.TOKEN_FILE ?? '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** An object of the cluster; nothing when there is none at this path. @throws Error with the API server's answer */
export async function get(path) {
  const answer = await fetch(`${api}${path}`, {
    // Read each time: the kubelet renews it.
    headers: { Authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`${answer.status} ${(await answer.text()).slice(0, 300)}`);
  return answer.json();
}
