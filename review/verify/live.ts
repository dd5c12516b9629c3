import type { KubernetesObject } from '../model/tree';
import type { Finding, Question } from './finding';
import { pathOf, type ServedKinds } from './kinds';
import { type Answer, type Ask, NoAnswerError, type Server } from './server';

/** Objects in one answer; the rest is asked for with what the answer ends with. */
const page = 500;

/** What is in the cluster, each collection asked for once. What is not answered is a finding, and never an empty list. */
export class Live {
  /** Collections that were not answered. */
  readonly gaps: Finding[] = [];
  private readonly lists = new Map<string, Promise<readonly KubernetesObject[] | undefined>>();
  private readonly named = new Map<string, ReadonlyMap<string, KubernetesObject>>();

  constructor(
    private readonly server: Server,
    readonly kinds: ServedKinds,
  ) {}

  /**
   * All objects of a kind, in one namespace or of the whole cluster.
   *
   * @param question that the answer is for
   * @returns nothing when there is no answer; none when the kind is not served
   */
  list(
    question: Question,
    apiVersion: string,
    kind: string,
    namespace?: string,
  ): Promise<readonly KubernetesObject[] | undefined> {
    const key = `${apiVersion}/${kind}/${namespace ?? ''}`;
    const asked = this.lists.get(key) ?? this.all(question, apiVersion, kind, namespace);
    this.lists.set(key, asked);
    return asked;
  }

  /** An object of ours as it is now. @returns nothing when it is not there, `unknown` when that is not known */
  async find({ apiVersion, kind, metadata }: KubernetesObject): Promise<KubernetesObject | 'unknown' | undefined> {
    const served = this.kinds.find(apiVersion, kind);
    const namespace = served?.namespaced ? metadata.namespace : undefined;
    const all = await this.list('drift', apiVersion, kind, namespace);
    if (!all) return 'unknown';
    const key = `${apiVersion}/${kind}/${namespace ?? ''}`;
    const names = this.named.get(key) ?? new Map(all.map((object) => [object.metadata.name, object]));
    this.named.set(key, names);
    return names.get(metadata.name);
  }

  /** One object by its path. @returns nothing when it is not there, `unknown` when that is not known */
  async show(question: Question, path: string, what: string): Promise<any> {
    const answer = await this.ask({ show: path }, (why) => this.gap(question, what, why));
    if (!answer) return 'unknown';
    return answer.status === 404 ? undefined : answer.body;
  }

  private async all(question: Question, apiVersion: string, kind: string, namespace?: string) {
    const served = this.kinds.find(apiVersion, kind);
    if (!served) return [];
    const items: KubernetesObject[] = [];
    const what = namespace ? `${served.plural} in ${namespace}` : served.plural;
    let next = '';
    do {
      const query = new URLSearchParams({ limit: String(page), ...(next && { continue: next }) });
      const path = `${pathOf(served, namespace)}?${query}`;
      const answer = await this.ask({ show: path }, (why) => this.gap(question, what, why));
      if (!answer) return undefined;
      if (answer.status === 404) {
        this.gap(question, what, `404 ${answer.body?.message}`);
        return undefined;
      }
      // The objects of a list say neither what they are.
      for (const item of answer.body.items ?? []) items.push({ apiVersion, kind, ...item });
      next = answer.body.metadata?.continue ?? '';
    } while (next);
    return items;
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
      fix: forbidden
        ? 'docs/verify/access.yaml holds every right that is needed; somebody who may has to apply it and add you to its group'
        : 'run it again, with a longer --timeout when the API server is slow',
    });
  }
}
