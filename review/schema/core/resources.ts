import { quantityOf } from '../../model/quantity';
import { qualifiedName } from '../names';
import { form, type Path, type Say } from './say';

const ofContainers = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** What a container asks for and may take. */
export function resources(of: any, at: Path, say: Say): void {
  for (const side of ['requests', 'limits'])
    for (const [name, value] of Object.entries<any>(of?.[side] ?? {})) {
      const path = [...at, side, name];
      if (!ofContainers.test(name) && !name.includes('/')) say(path, 'is not a resource of a container');
      else form(name, path, say, qualifiedName);
      notNegative(value, path, say);
      if (!ofContainers.test(name) && !Number.isInteger(quantityOf(value) ?? 0))
        say(path, `${value} is not whole`);
      if (side === 'limits' || of?.limits?.[name] === undefined) continue;
      const [request, limit] = [quantityOf(value) ?? 0, quantityOf(of.limits[name]) ?? 0];
      if (request > limit) say(path, `${value} is more than the limit, ${of.limits[name]}`);
    }
}

export function notNegative(value: unknown, at: Path, say: Say): void {
  if ((quantityOf(value) ?? 0) < 0) say(at, `is ${value}, the least is 0`);
}
