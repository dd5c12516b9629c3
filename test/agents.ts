import { load } from 'js-yaml';
import { type Manifest, one, type PodTemplate } from './manifests';

/** What Jenkins reads: its configuration as YAML, each string as Configuration as Code leaves it. */
export const configuration = read(one('cluster', 'ConfigMap', 'jenkins').data?.['jenkins.yaml'] ?? '');

export const cloud = configuration.jenkins.clouds[0].kubernetes;

/** The pods that Jenkins makes, by template: its own labels, and the text of the template. */
export const agents: (PodTemplate & { readonly name: string; readonly template: any })[] = cloud.templates.map(
  (template: any) => {
    const pod = load(template.yaml) as any;
    const own = Object.fromEntries(cloud.podLabels.map(({ key, value }: any) => [key, value]));
    return {
      name: template.name,
      template,
      owner: {
        path: `agent ${template.name}`,
        kind: 'Pod',
        metadata: { namespace: template.namespace },
      } as Manifest,
      labels: { ...own, ...pod.metadata.labels },
      spec: pod.spec,
    };
  },
);

/**
 * The tree Jenkins is configured by. Configuration as Code puts values in place of `${…}`, and takes one `^` away before
 * one that it leaves alone; any other `^` or `$` is text.
 */
export function read(text: string, value: (variable: string) => string = (variable) => `<${variable}>`): any {
  const resolve = (of: string) =>
    of.replace(/(\^?)\$\{([^{}]*)\}|\^(?=\$\{)/g, (found, escaped, variable) =>
      variable === undefined ? '' : escaped ? found.slice(1) : value(variable),
    );
  const walk = (node: any): any => {
    if (typeof node === 'string') return resolve(node);
    if (Array.isArray(node)) return node.map(walk);
    if (node && typeof node === 'object')
      return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, walk(each)]));
    return node;
  };
  return walk(load(text));
}
