import Table from 'cli-table3';
import pc from 'picocolors';
import type { Look } from './delivery';

const columns = [6, 12, 20, 20, 27, 22];
const services = ['eren-web-ping', 'eren-web-pong'] as const;

/** A Rollout as rows: one for every change, and on a terminal the time of the last one goes on. */
export class LiveTable {
  private last = '';
  /** Why it was Degraded. */
  private said = '';

  constructor(
    /** The tag of a ReplicaSet's release, by its hash. */
    private readonly tags: ReadonlyMap<string, string>,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  head(): void {
    this.write([' ', 'Rollout', 'ping', 'pong', 'ready pods', 'Application'].map((text) => pc.bold(text)));
  }

  /** @param application sync and health, as Argo CD shows them */
  show(look: Look, application: string): void {
    const row = this.rowOf(look, application);
    const [, ...rest] = row;
    const changed = rest.join('|');
    if (changed === this.last) {
      if (this.out.isTTY) this.out.write(`\x1b[1A\x1b[2K${lineOf(row)}\n`);
      return;
    }
    this.last = changed;
    this.write(row);
    if (look.phase !== 'Degraded' || look.message === this.said) return;
    this.said = look.message;
    this.out.write(`      ${pc.red(look.message)}\n`);
    this.last = '';
  }

  private write(row: readonly string[]): void {
    this.out.write(`${lineOf(row)}\n`);
  }

  private rowOf(look: Look, application: string): string[] {
    // Last, and cut off where there is no room, what a release before has left for some seconds.
    const roles = [look.current, look.stable];
    const pods = Object.entries(look.ready)
      .sort(([a], [b]) => roles.indexOf(b) - roles.indexOf(a))
      .map(([hash, count]) => `${count} × ${this.release(hash)}`);
    const [ping = '', pong = ''] = services.map((service) => this.share(look, service));
    return [pc.dim(`${Math.round(look.at)} s`), coloured(look.phase), ping, pong, pods.join(', '), application];
  }

  private share({ weights, behind }: Look, service: string): string {
    const weight = weights[service] ?? 0;
    const bar = '█'.repeat(Math.round(weight / 20)).padEnd(5, '░');
    const release = this.release(behind[service] ?? '');
    return weight > 0 ? `${bar} ${String(weight).padStart(3)} % ${release}` : pc.dim(`${bar}   0 %`);
  }

  /** The commit of its image. */
  private release(hash: string): string {
    return this.tags.get(hash)?.slice(0, 7) ?? hash;
  }
}

function lineOf(row: readonly string[]): string {
  const none = Object.fromEntries(
    [
      'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right',
      'left left-mid mid mid-mid right right-mid middle',
    ]
      .flatMap((names) => names.split(' '))
      .map((name) => [name, '']),
  );
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 1 };
  const table = new Table({ chars: none, style, colWidths: [...columns] });
  table.push([...row]);
  return table.toString().trimEnd();
}

function coloured(phase: string): string {
  const colour = { Healthy: pc.green, Degraded: pc.red, Paused: pc.yellow }[phase] ?? pc.cyan;
  return colour(phase || 'not there');
}
