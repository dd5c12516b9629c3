import type { ContainerSpec } from '../../model/kinds';
import { commandOf, containersOf, type PodTemplate } from '../../model/pods';
import { selectedBy } from '../../model/selection';
import type { Tree } from '../../model/tree';
import { ofContainers } from '../../rule-of';

const migrates = /\bdb:(migrate|prepare|setup|schema:load|structure:load|rollback|seed)\b/;
const local = /^(127\.0\.0\.1|localhost|\[::1\])$/;

export const migrationThroughPool = ofContainers(
  'migration-through-pool',
  function* (container, { pod }, { tree }) {
    if (!migrates.test(commandOf(container).join(' '))) return;
    for (const [i, { name = '', value }] of (container.env ?? []).entries()) {
      const pool = /DATABASE_URL|^(PG|DB_)HOST$/.test(name) && value && poolOf(tree, pod, value);
      if (pool) yield [`goes through ${pool}`, 'env', i, 'value'];
    }
  },
);

/** The PgBouncer that an address or URL leads to. */
function poolOf(tree: Tree, pod: PodTemplate, value: string): string | undefined {
  const [, host = '', port] = /^\w+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?]+)(?::(\d+))?/.exec(value) ?? [
    undefined,
    value,
    undefined,
  ];
  if (local.test(host)) {
    const sidecar = containersOf(pod).find(({ container }) => isPool(container));
    return sidecar && `container ${sidecar.container.name} of its own pod`;
  }
  if (port === '6432') return `port 6432 of ${host}, PgBouncer's`;
  const [name = '', namespace = pod.owner.object.metadata.namespace] = host.split('.');
  const service = tree.find('Service', namespace, name);
  return service && selectedBy(tree, service).some(({ spec }) => spec.containers?.some(isPool))
    ? `Service ${name}, which is PgBouncer's`
    : undefined;
}

function isPool({ image, name }: ContainerSpec): boolean {
  return /pgbouncer|pgcat|odyssey/.test(`${name} ${image}`);
}
