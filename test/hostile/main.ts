import { command } from '../../commands/command';
import { planted } from '../review/planted';
import { alarmsIn } from './alarms';
import { commandsTried } from './commands';
import { shownAnywhere } from './everywhere';
import { plantedShown } from './planted';
import { properties, tried } from './properties';

/** Commands as processes of their own. */
const processes = 60;

command('test:hostile')
  .description(
    'Tries settings, outputs, images, acknowledgements, trees and names that nobody means well with, against everything that reads them; the seed says which.',
  )
  .option('--seed <number>', 'try what another run has tried', String(Date.now() % 1_000_000_000))
  .option('--share <number>', 'of the usual number of tries', '1')
  .option('--place <name>', 'instead: every command where secrets are planted in one place, as `manifests`')
  .option('--alarms <folder>', 'instead: what in a folder of other manifests is taken for a secret')
  .action(
    async ({ seed, share, place, alarms }: { seed: string; share: string; place?: string; alarms?: string }) => {
      if (alarms !== undefined) {
        const { objects, texts, found } = alarmsIn(alarms);
        console.log(`${found.join('\n')}\n${found.length} in ${texts} texts of ${objects} objects`);
        return;
      }
      console.log(`seed ${seed}`);
      const times = (number: number) => Math.max(1, Math.round(number * Number(share)));
      const failed: string[] = [];
      const tell = (name: string, count: number, begin: number, problem: string | undefined) => {
        const took = ((Date.now() - begin) / 1000).toFixed(1);
        console.log(`${problem === undefined ? 'held  ' : 'FAILED'} ${count} × ${name} (${took} s)`);
        if (problem !== undefined) failed.push(problem);
      };
      const commandsInPlaces = async (only?: string) => {
        const began = Date.now();
        const { tries, wrong } = await shownAnywhere(only);
        if (tries === 0) wrong.push(`no place is called ${only}; they are in test/hostile/places.ts`);
        tell('commands, where secrets are', tries, began, wrong.length > 0 ? wrong.join('\n') : undefined);
      };
      const end = () => {
        for (const problem of failed) console.error(`\n${problem}`);
        process.exitCode = failed.length > 0 ? 1 : 0;
      };
      if (place !== undefined) {
        await commandsInPlaces(place);
        return end();
      }
      for (const each of properties) {
        const begin = Date.now();
        const count = times(each.runs.night);
        tell(each.name, count, begin, tried(each, Number(seed), count));
      }
      const begin = Date.now();
      const leaked = plantedShown();
      tell(
        'secrets of the table, in every format',
        Object.keys(planted).length,
        begin,
        leaked.length > 0 ? leaked.join('\n') : undefined,
      );
      await commandsInPlaces();
      const count = times(processes);
      const started = Date.now();
      tell('commands, as processes in a clone', count, started, await commandsTried(Number(seed), count));
      end();
    },
  )
  .parseAsync();
