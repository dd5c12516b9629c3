import { load } from 'js-yaml';

/**
 * What the Kubernetes plugin makes of an agent that a pipeline asks for, by its own rules. Each names the class and method
 * that it was read in; docs/decisions/0016-jenkins-is-configuration.md lists them all, with the release.
 */

/** What a pipeline says of its agent, in `agent { kubernetes { … } }`. */
export type Step = Readonly<Record<string, string>>;

export interface AgentPod {
  readonly metadata: { readonly namespace: string; readonly labels: Record<string, string> };
  readonly spec: any;
  /** What becomes of the pod after the build: `never` is kept. */
  readonly retention: string;
}

/** A template, before it is a pod. */
interface Template {
  readonly yamls: readonly string[];
  readonly [field: string]: unknown;
}

/** PodTemplateUtils.combine(PodTemplate, PodTemplate): which fields a pipeline takes over, when its own is this. */
const inherited: Readonly<Record<string, unknown>> = {
  namespace: undefined,
  serviceAccount: undefined,
  nodeSelector: undefined,
  slaveConnectTimeout: 1000,
  activeDeadlineSeconds: 0,
  idleMinutes: 0,
  showRawYaml: true,
};

/** PodTemplateStep: what a step has that says nothing. */
const silent = { slaveConnectTimeout: 1000, activeDeadlineSeconds: 0, idleMinutes: 0, showRawYaml: true };

const workspace = { name: 'workspace-volume', mountPath: '/home/jenkins/agent' };

/** The agents of a Jenkinsfile, declared and scripted. @throws Error for one that this cannot read */
export function stepsOf(jenkinsfile: string): Step[] {
  const text = jenkinsfile.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '').replaceAll('node(POD_LABEL)', '');
  const declared = [...text.matchAll(/\bkubernetes \{\n([^{}]*)\}/g)].map(([, body = '']) => body.split('\n'));
  const scripted = [...text.matchAll(/\bpodTemplate\(([^)]*)\)/g)].map(([, given = '']) => given.split(','));
  const all = text.match(/(?<!['\w-])(kubernetes|podTemplate|node|label)\b(?= *[{(]| ')/g) ?? [];
  const steps = [...declared, ...scripted];
  if (all.length !== steps.length) throw new Error(`${all.length} agents, and ${steps.length} can be read`);
  return steps.map((lines) =>
    Object.fromEntries(
      lines
        .filter((line) => line.trim() !== '')
        .map((line) => {
          const [, field, value] = /^\s*(\w+):? '([^']*)'\s*$/.exec(line) ?? [];
          if (field === undefined || value === undefined) throw new Error(`cannot read ${line.trim()}`);
          return [field, value];
        }),
    ),
  );
}

/**
 * @param cloud of Jenkins' configuration
 * @param enclosing the namespace of a `podTemplate` around it
 */
export function podOf(step: Step, cloud: any, enclosing?: string): AgentPod {
  const template = unwrapped(step, cloud, enclosing);
  // PodTemplate.getYamlsPod, Overrides.merge: without a strategy the last text is all.
  const yaml: any = load(template.yamls.at(-1) ?? '{}') ?? {};
  // PodTemplateBuilder.build: the YAML is the parent of what the template says, and a namespace in it stays.
  const namespace = yaml.metadata?.namespace ?? template.namespace ?? cloud.namespace;
  const labels = Object.fromEntries((cloud.podLabels ?? []).map(({ key, value }: any) => [key, value]));
  const deadline = Number(template.activeDeadlineSeconds) || yaml.spec?.activeDeadlineSeconds;
  const account = template.serviceAccount ?? yaml.spec?.serviceAccountName;
  const spec = structuredClone({ restartPolicy: 'Never', ...yaml.spec });
  // What runs the agent is added when nobody names it; it has no security context then.
  spec.containers ??= [];
  if (!spec.containers.some(({ name }: any) => name === 'jnlp')) spec.containers.push({ name: 'jnlp' });
  // DefaultWorkspaceVolume.decorate: a folder that all containers share, but for those that start before.
  spec.volumes = [...(spec.volumes ?? []), { name: workspace.name, emptyDir: {} }];
  for (const container of spec.containers)
    if (!container.volumeMounts?.some(({ mountPath }: any) => mountPath === workspace.mountPath))
      container.volumeMounts = [...(container.volumeMounts ?? []), workspace];
  // KubernetesSlave.getPodRetention, Default.shouldDeletePod: the cloud decides where the pipeline says nothing.
  const retention = String(template.podRetention ?? cloud.podRetention ?? 'never');
  return {
    metadata: { namespace, labels: { ...yaml.metadata?.labels, ...labels } },
    spec: {
      ...spec,
      ...(deadline && { activeDeadlineSeconds: deadline }),
      ...(account && { serviceAccountName: account }),
    },
    retention,
  };
}

/** PodTemplateUtils.unwrap: a name that there is none of is passed over in silence. */
function unwrapped(step: Step, cloud: any, enclosing?: string): Template {
  // KubernetesDeclarativeAgentScript.run: without the word it inherits from nothing.
  const names = (step.inheritFrom ?? '').split(/ +/).filter((name) => name !== '');
  const parents = names.flatMap((name) => cloud.templates.filter((each: any) => each.name === name));
  // PodTemplateStepExecution.checkNamespace: it always has one, so that it never inherits one.
  const namespace = step.namespace || enclosing || cloud.namespace;
  const own = { ...silent, ...step, namespace, yamls: step.yaml ? [step.yaml] : [] };
  return [...parents.map(({ yaml, ...rest }: any) => ({ ...silent, ...rest, yamls: [yaml] })), own].reduce(
    (parent: Template, child: Template) => ({
      ...child,
      ...Object.fromEntries(
        Object.entries(inherited).map(([field, byDefault]) => [
          field,
          child[field] === byDefault ? parent[field] : child[field],
        ]),
      ),
      yamls: [...parent.yamls, ...child.yamls],
    }),
  );
}
