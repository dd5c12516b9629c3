import type { System } from '../../systems/system';

/** Terraform alone: there is nothing of Kubernetes to judge, and whoever asks for it is told so. */
const withoutCluster = async (): Promise<never> => {
  throw new Error(
    'rails-on-ecs has no cluster and no manifests; use terraform or terraform:validate with --system rails-on-ecs',
  );
};

export const railsOnEcs: System = {
  name: 'rails-on-ecs',
  folder: 'examples/rails-on-ecs/',
  basis: withoutCluster,
  load: withoutCluster,
};

export const system = railsOnEcs;
