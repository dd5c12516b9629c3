import type { Kinds, Named } from '../model/kinds';
import type { Objects } from '../model/objects';
import type { KubernetesObject, Manifest } from '../model/tree';
import type { Question, VerifyFinding } from './finding';
import { pathOf, type ServedKinds } from './kinds';
import { type Answer, type Ask, NoAnswerError, type Server } from './server';

/** Objects in one answer; the rest is asked for with what the answer ends with. */
const page = 500;

/** How to get what could not be read. */
export const remedies = {
  forbidden:
    'docs/verify/access.yaml holds every right that is needed; ask an administrator to apply it and to add you to its group',
  noAnswer: 'run it again, with a longer --timeout when the API server is slow',
} as const;

/**
 * What is in the cluster. A collection is asked for once, and from then on its objects are found as those of a file are.
 * What is not answered is a finding, and never an empty list.
 */
export class Live implements Objects {
  /** Collections that were not answered. */
  readonly gaps: VerifyFinding[] = [];
  private readonly asked = new Map<string, Promise<boolean>>();
  private readonly kindsRead = new Map<string, Manifest[]>();
  private readonly names = new Map<string, Manifest>();

  constructor(
    private readonly server: Server,
    readonly kinds: ServedKinds,
  ) {}

  /**
   * Asks for all objects of a kind, in one namespace or of the whole cluster.
   *
   * @param question that the answer is for
   * @returns whether there is an answer; a kind that is not served has no objects
   */
  read(question: Question, apiVersion: string, kind: string, namespace?: string): Promise<boolean> {
    const place = this.kinds.find(apiVersion, kind)?.namespaced ? namespace : undefined;
    const key = `${apiVersion}/${kind}/${place ?? ''}`;
    const asked = this.asked.get(key) ?? this.all(question, apiVersion, kind, place);
    this.asked.set(key, asked);
    return asked;
  }

  /** Those that were read. */
  ofKind<K extends string>(...kinds: readonly K[]): readonly Manifest<K>[] {
    return kinds.flatMap((kind) => this.kindsRead.get(kind) ?? []) as unknown as Manifest<K>[];
  }

  find<K extends string>(kind: K, namespace: string | undefined, name: string): Manifest<K> | undefined {
    return this.names.get(`${kind}/${namespace ?? ''}/${name}`) as Manifest<K> | undefined;
  }

  /** An object of ours as it is now. @returns nothing when it is not there, `unknown` when that is not known */
  async now({ apiVersion, kind, metadata }: Named): Promise<KubernetesObject | 'unknown' | undefined> {
    const { namespace, name } = metadata;
    if (!(await this.read('drift', apiVersion, kind, namespace))) return 'unknown';
    const place = this.kinds.find(apiVersion, kind)?.namespaced ? namespace : undefined;
    return this.find(kind, place, name)?.object as KubernetesObject | undefined;
  }

  /** The definition of a custom kind. @returns nothing when it is not there, `unknown` when that is not known */
  async definition(name: string): Promise<Kinds['CustomResourceDefinition'] | 'unknown' | undefined> {
    const show = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
    const answer = await this.ask({ show }, (why) => this.gap('fits', `the definition of ${name}`, why));
    if (!answer) return 'unknown';
    return answer.status === 404 ? undefined : (answer.body as unknown as Kinds['CustomResourceDefinition']);
  }

  private async all(question: Question, apiVersion: string, kind: string, namespace?: string): Promise<boolean> {
    const served = this.kinds.find(apiVersion, kind);
    if (!served) return true;
    const items: KubernetesObject[] = [];
    const what = namespace ? `${served.plural} in ${namespace}` : served.plural;
    let next = '';
    do {
      const query = new URLSearchParams({ limit: String(page), ...(next && { continue: next }) });
      const path = `${pathOf(served, namespace)}?${query}`;
      const answer = await this.ask({ show: path }, (why) => this.gap(question, what, why));
      if (answer?.status === 404) this.gap(question, what, `404 ${answer.body?.message}`);
      if (!answer || answer.status === 404) return false;
      // The objects of a list say neither what they are.
      for (const item of answer.body?.items ?? [])
        items.push({ apiVersion, kind, ...(item as object) } as KubernetesObject);
      next = answer.body?.metadata?.continue ?? '';
    } while (next);
    const manifests = items.map((object) => ({ file: '', environment: '', chart: '', object }));
    this.kindsRead.set(kind, [...(this.kindsRead.get(kind) ?? []), ...manifests]);
    for (const each of manifests) {
      const { namespace = '', name } = each.object.metadata;
      this.names.set(`${kind}/${namespace}/${name}`, each);
    }
    return true;
  }

  private async ask(ask: Ask, refused: (why: string) => void): Promise<Answer | undefined> {
    try {
      const answer = await this.server.ask(ask);
      if (answer.status < 300 || answer.status === 404) return answer;
      refused(`${answer.status} ${answer.body?.message ?? ''}`.trim());
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      refused(error.message);
    }
    return undefined;
  }

  private gap(question: Question, what: string, why: string): void {
    const forbidden = why.startsWith('403');
    this.gaps.push({
      question,
      level: 'unanswered',
      what: forbidden ? 'forbidden' : 'no-answer',
      message: `${what} could not be read: ${why}`,
      fix: forbidden ? remedies.forbidden : remedies.noAnswer,
    });
  }
}
