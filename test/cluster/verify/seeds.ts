import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import type { KubernetesObject } from '../api';
import type { Delivery } from '../delivery';

/** Makes things wrong in a cluster and in the tree that it came from. */
export class Seeds {
  constructor(private readonly delivery: Delivery) {}

  get api() {
    return this.delivery.api;
  }

  /** As a person with kubectl would, under the name that it gives itself. */
  async byHand(
    [apiVersion, kind, namespace, name]: readonly [string, string, string | undefined, string],
    patch: unknown,
    { as = 'kubectl-edit', strategic = false } = {},
  ): Promise<void> {
    const path = await this.api.path(apiVersion, kind, namespace, name);
    const type = `application/${strategic ? 'strategic-merge' : 'merge'}-patch+json`;
    await this.api.done('PATCH', `${path}?fieldManager=${as}`, patch, type);
  }

  /** What a controller would write. */
  async status(apiVersion: string, kind: string, namespace: string | undefined, name: string, status: unknown) {
    const object = await this.api.get(apiVersion, kind, name, namespace);
    // Argo CD's Applications have it in the object itself.
    await this.api.merge(object, { status }, kind === 'Application' ? '' : 'status');
  }

  async remove(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<void> {
    await this.api.done('DELETE', await this.api.path(apiVersion, kind, namespace, name));
  }

  async create(object: KubernetesObject, manager = 'kubectl-create'): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const path = await this.api.path(apiVersion, kind, metadata.namespace);
    await this.api.done('POST', `${path}?fieldManager=${manager}`, object);
  }

  /** A file of the tree, as somebody would commit it. */
  commit(file: string, change: (object: any) => void): void {
    const path = join(this.delivery.repository.tree, file);
    const object = load(readFileSync(path, 'utf8'));
    change(object);
    writeFileSync(path, dump(object));
  }

  /** A setting of the tree that nobody has synthesized with. */
  set(file: string, from: string, to: string): void {
    const path = join(this.delivery.repository.tree, file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  }

  manifest(file: string): KubernetesObject {
    return load(readFileSync(join(this.delivery.repository.tree, file), 'utf8')) as KubernetesObject;
  }
}
