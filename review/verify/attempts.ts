import { groupOf } from '../model/identity';
import { hookOf } from '../model/sync-options';
import type { KubernetesObject, Manifest } from '../model/tree';
import { pathOf } from './kinds';
import type { Live } from './live';
import type { Scope } from './scope';
import { type Body, NoAnswerError, type Server } from './server';

/** What the server says that applying an object would do. */
export type Attempt =
  /** It would be this afterwards. */
  | { readonly outcome: 'accepted'; readonly result: KubernetesObject; readonly warnings: readonly string[] }
  | { readonly outcome: 'rejected'; readonly reasons: readonly Reason[]; readonly warnings: readonly string[] }
  /** The server does not serve the kind in this version. */
  | { readonly outcome: 'not-served' }
  /** Its namespace is not there, so that nothing in it can be tried. */
  | { readonly outcome: 'no-namespace' }
  /** This user may not try it. `usual`: with the rights of docs/verify/access.yaml nobody may. */
  | { readonly outcome: 'forbidden'; readonly message: string; readonly usual: boolean }
  | { readonly outcome: 'unanswered'; readonly message: string };

interface Reason {
  /** As the server names it; absent for the object as a whole. */
  readonly field?: string;
  readonly message: string;
}

const tracking = 'argocd.argoproj.io/tracking-id';

/**
 * Kinds that are compared, and tried only by who may write them: the server lets nobody try a role without the rights
 * it gives, and the policy that makes the rights of verify harmless cannot guard policies.
 */
export const guarded: readonly string[] = ['rbac.authorization.k8s.io', 'admissionregistration.k8s.io'];

/** Tries every object of the environment. @param tried is told after each */
export async function attempt(
  scope: Scope,
  live: Live,
  server: Server,
  tried: () => void,
): Promise<ReadonlyMap<Manifest, Attempt>> {
  const attempts = await Promise.all(
    scope.manifests.map(async (manifest) => {
      const result = await attemptOne(manifest, live, server);
      tried();
      return [manifest, result] as const;
    }),
  );
  return new Map(attempts);
}

async function attemptOne({ object }: Manifest, live: Live, server: Server): Promise<Attempt> {
  const { apiVersion, kind, metadata } = object;
  const served = live.kinds.find(apiVersion, kind);
  if (!served) return { outcome: 'not-served' };
  const now = await live.now(object);
  const tryOut = asDelivered(object, typeof now === 'object' ? now : undefined);
  try {
    const at = pathOf(served, metadata.namespace, tryOut.metadata.name);
    const { status, body, warnings } = await server.ask({ tryOut, at });
    if (status < 300) return { outcome: 'accepted', result: body as unknown as KubernetesObject, warnings };
    const message = body?.message ?? `${status}`;
    if (status === 404 && body?.details?.kind === 'namespaces') return { outcome: 'no-namespace' };
    // Not every 403 is about rights: Pod Security and quotas answer with it too.
    if (
      status === 403 &&
      /^\S+ "[^"]*" is forbidden: User "|attempting to grant RBAC|not currently held/.test(message)
    )
      return { outcome: 'forbidden', message, usual: guarded.includes(groupOf(apiVersion)) };
    // A field that the schema does not know is answered as if it were the server's fault.
    const unknown = /^failed to create typed patch object/.test(message);
    if (
      !unknown &&
      (status === 401 || status === 429 || status >= 500 || /does not support dry run/.test(message))
    )
      return { outcome: 'unanswered', message: `${status} ${message}` };
    return { outcome: 'rejected', reasons: reasonsOf(body, message), warnings };
  } catch (error) {
    if (error instanceof NoAnswerError) return { outcome: 'unanswered', message: error.message };
    throw error;
  }
}

/** Argo CD marks what it applies as its own, and a hook is a new object whenever it runs. */
function asDelivered(object: KubernetesObject, now: KubernetesObject | undefined): KubernetesObject {
  const { metadata } = object;
  if (hookOf(object) !== undefined)
    return { ...object, metadata: { ...metadata, name: `${metadata.name.slice(0, 55)}-verify` } };
  const mark = now?.metadata.annotations?.[tracking];
  if (mark === undefined) return object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [tracking]: mark } } };
}

function reasonsOf(body: Body | undefined, message: string): Reason[] {
  const causes = body?.details?.causes ?? [];
  if (causes.length > 0) return causes.map(({ field, message }) => ({ ...(field && { field }), message }));
  // Unknown fields come as text: server-side apply's for built-in kinds, the strict decoder's for all others.
  const unknown = [
    ...message.matchAll(/(?:^|\s)\.(\S+): (field not declared in schema)|unknown field "([^"]+)"/g),
  ];
  if (unknown.length > 0)
    return unknown.map(([, applied, said, decoded]) => ({
      field: applied ?? decoded ?? '',
      message: said ?? 'unknown field',
    }));
  return [{ message }];
}
