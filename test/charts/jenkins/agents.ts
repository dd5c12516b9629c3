import { load } from 'js-yaml';
import { type AgentPod, podOf } from './agent-pods';
import { type Manifest, one, type PodTemplate } from './manifests';

/** What Jenkins reads: its configuration as YAML, each string as Configuration as Code leaves it. */
export const configuration = read(one('cluster', 'ConfigMap', 'jenkins').data?.['jenkins.yaml'] ?? '');

export const cloud = configuration.jenkins.clouds[0].kubernetes;

/** The pods that Jenkins makes for a pipeline that inherits from a template and says nothing of its own. */
export const agents: (PodTemplate & AgentPod & { readonly name: string; readonly template: any })[] =
  cloud.templates.map((template: any) => {
    const pod = podOf({ inheritFrom: template.name }, cloud);
    return {
      ...pod,
      name: template.name,
      template,
      owner: { path: `agent ${template.name}`, kind: 'Pod', metadata: pod.metadata } as Manifest,
      labels: pod.metadata.labels,
    };
  });
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
