import pc from 'picocolors';
import type { Delivery, Look } from './delivery';
import { LiveTable } from './live-table';
import { tagOf } from './pipeline';
import { until } from './waiting';

const environment = 'production';

/** A release that no registry has. */
export function imageOf(tag: string, digit: string): string {
  return `000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren:${tag}@sha256:${digit.repeat(64)}`;
}

const good = imageOf('4f2c9de-128', 'c');
const bad = imageOf('9b1e07a-129', 'd');

/**
 * A canary that goes through, one that Sentry ends, and the rollback, each as rows of a table.
 *
 * @throws Error when one of them ends otherwise
 */
export async function tell(delivery: Delivery, say: (line: string) => void): Promise<void> {
  const watch = new Watch(delivery);
  try {
    say(chapter(`npm run promote -- ${environment} web …/e-ren:${tagOf(good)}@sha256:… --push`));
    watch.table.head();
    await delivery.promote(environment, 'web', good);
    await watch.until(`${tagOf(good)} serves`, ({ phase, stable, current }, application) => {
      const serves = phase === 'Healthy' && stable === current && watch.tags.get(stable) === tagOf(good);
      return serves && application === 'Synced Healthy';
    });

    say(
      chapter(
        `npm run promote -- ${environment} web …/e-ren:${tagOf(bad)}@sha256:… --push, and 6 % errors at Sentry`,
      ),
    );
    delivery.observability.tell(tagOf(bad), { sentry: { sessions: 100, errored: 6 } });
    await delivery.promote(environment, 'web', bad);
    await watch.until(
      `${tagOf(bad)} is aborted`,
      (look, application) =>
        look.phase === 'Degraded' && serving(look, watch.tags) === tagOf(good) && application.endsWith('Degraded'),
    );

    say(chapter(`npm run rollback -- ${environment} web --push`));
    await delivery.rollback(environment, 'web');
    await watch.until(
      'git and the cluster agree again',
      (look, application) =>
        look.phase === 'Healthy' && serving(look, watch.tags) === tagOf(good) && application === 'Synced Healthy',
    );
  } finally {
    await watch.stop();
  }
}

/** The release that has all requests, if one has. */
function serving({ weights, behind }: Look, tags: ReadonlyMap<string, string>): string | undefined {
  const all = Object.keys(weights).find((service) => weights[service] === 100);
  return all && tags.get(behind[all] ?? '');
}

/** Shows what happens to the Rollout until it is stopped. */
class Watch {
  /** The tags of all releases seen, by hash. */
  readonly tags = new Map<string, string>();
  readonly table = new LiveTable(this.tags);
  private readonly observation;

  constructor(private readonly delivery: Delivery) {
    this.observation = delivery.observe(environment);
  }

  async until(what: string, is: (look: Look, application: string) => boolean): Promise<void> {
    let application = '';
    let shown: Look | undefined;
    await until(
      what,
      async () => {
        const look = this.observation.looks.at(-1);
        if (!look || look === shown) return false;
        shown = look;
        await this.learn(look);
        const { status } = (await this.delivery.application(`${environment}-web`)) ?? {};
        application = `${status?.sync?.status} ${status?.health?.status}`;
        this.table.show(look, application);
        return is(look, application);
      },
      { seconds: 240, seen: () => `${shown?.phase} ${shown?.message}, ${application}` },
    );
  }

  stop(): Promise<unknown> {
    return this.observation.stop();
  }

  private async learn({ behind, current }: Look): Promise<void> {
    if ([current, ...Object.values(behind)].every((hash) => this.tags.has(hash))) return;
    const sets = await this.delivery.api.list('apps/v1', 'ReplicaSet', environment);
    for (const { spec } of sets) {
      const { 'rollouts-pod-template-hash': hash, version } = spec.template.metadata.labels;
      if (hash) this.tags.set(hash, version);
    }
  }
}

function chapter(command: string): string {
  return `\n${pc.bold('$')} ${command}`;
}
