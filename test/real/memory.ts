import { readdirSync, readFileSync } from 'node:fs';
import type { Pod } from './pods';

export interface Memory {
  readonly name: string;
  /** Bytes; pages that processes share are counted once. */
  readonly used: number;
  readonly limit: number;
}

/** What the containers of a pod that have a limit hold. */
export function memoryOf(pod: Pod, spec: any): Memory[] {
  const stays = [...(spec.initContainers ?? []).filter((each: any) => each.restartPolicy), ...spec.containers];
  return stays.map(({ name, resources }: any) => ({
    name,
    used: pages(namespaceOf(pod.container(name).pid)),
    limit: Number.parseInt(resources.limits.memory, 10) * 2 ** 20,
  }));
}

function namespaceOf(pid: number | string): string {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
}

/** The pages of all processes that see the same mounts: those of one container. */
function pages(mounts: string): number {
  let bytes = 0;
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    try {
      if (namespaceOf(pid) !== mounts) continue;
      const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
      bytes += Number(kilobytes ?? 0) * 1024;
    } catch {
      // It ended in between.
    }
  return bytes;
}
