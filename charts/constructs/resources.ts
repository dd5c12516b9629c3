import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Resources } from '../environments/environment';
import { mebibytes, millicores } from '../environments/units';

/** Requests, and a limit of memory but none of CPU: a limit there would make Puma wait while the node is idle. */
export function containerResources({ cpu, memory, memoryLimit }: Resources): kplus.ContainerResources {
  return {
    cpu: { request: kplus.Cpu.millis(millicores(cpu)) },
    memory: { request: Size.mebibytes(mebibytes(memory)), limit: Size.mebibytes(mebibytes(memoryLimit)) },
  };
}
