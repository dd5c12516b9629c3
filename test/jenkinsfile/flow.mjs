import { match, deepStrictEqual as same } from 'node:assert';
import { groovy } from './java.mjs';

/** In which order the pipeline promotes, waits, tells and goes back, by its own functions; the steps of Jenkins are played. */
export function testFlow(test, jenkinsfile) {
  const stories = {
    'web comes at once with the migrations that the database has, then Sidekiq, and the canary is recorded': {
      tell: { call: 'deploy', with: ['production', 45, ''], statuses: {} },
      see: ({ done, ended, answer }) => {
        same(answer, true);
        same(done, [
          'production web migrations --schema schema --push',
          'await-rollout production',
          'production sidekiq --stable web --push',
        ]);
        same(ended, 'well');
      },
    },
    'after an abort git goes back, of web alone': {
      tell: { call: 'deploy', with: ['production', 45, ''], statuses: { 'await-rollout': [1] } },
      see: ({ done, ended }) => {
        same(done.slice(1), ['await-rollout production', 'npm run rollback -- production web --push']);
        match(ended, /was aborted/);
      },
    },
    'in a freeze nothing waits and nothing fails: the channel is told who froze it and why, and what to do afterwards':
      {
        tell: { call: 'release', with: [], statuses: { 'npm run promote': [3] } },
        see: ({ done, ended, description }) => {
          same([done.length, ended], [2, 'well']);
          match(
            done[1],
            /^tell :snowflake: tag waits: production is frozen until .*, by Ann Lee: fair\nA build after/,
          );
          match(done[1], /npm run promote -- production web migrations image --schema schema --push/);
          match(description, /^production is frozen .* fair$/);
        },
      },
    'in a freeze the migrations wait as well': {
      tell: {
        call: 'migrate',
        with: ['production'],
        statuses: { 'await-migrations': [2], 'npm run promote': [3], grep: [1] },
      },
      see: ({ done, answer }) => same([done.length, answer], [3, 'frozen']),
    },
    'in a freeze nothing is proposed': {
      tell: { call: 'propose', with: [], statuses: { 'npm run promote': [3] } },
      see: ({ done, ended }) => {
        same([done.length, ended], [3, 'well']);
        match(done[2], /^tell :snowflake:/);
      },
    },
    'a promotion that fails otherwise ends the build': {
      tell: { call: 'deploy', with: ['production', 45, ''], statuses: { 'npm run promote': [1] } },
      see: ({ done, ended }) => {
        same(done.length, 1);
        match(ended, /could not be promoted to production/);
      },
    },
    'an outcome that is not known changes nothing': {
      tell: { call: 'deploy', with: ['production', 45, ''], statuses: { 'await-rollout': [2] } },
      see: ({ done, ended }) => {
        same(done.slice(1), ['await-rollout production']);
        match(ended, /not known/);
      },
    },
    'nothing is pending: no promotion of the migrations by themselves, and nobody is told': {
      tell: { call: 'migrate', with: ['production'], statuses: {} },
      see: ({ done, answer }) => same([done, answer], [['await-migrations production'], 'done']),
    },
    'where Argo CD starts them, web waits until they have run': {
      tell: { call: 'migrate', with: ['staging'], statuses: { 'await-migrations': [2, 0], grep: [0] } },
      see: ({ done, answer }) => {
        same(done, [
          'await-migrations staging',
          'staging migrations --schema schema --push',
          'await-migrations staging',
        ]);
        same(answer, 'done');
      },
    },
    'and when they fail there, web is not promoted': {
      tell: { call: 'migrate', with: ['staging'], statuses: { 'await-migrations': [2, 1], grep: [0] } },
      see: ({ ended }) => match(ended, /have not run; web has the version before/),
    },
    'where a person starts them, the channel is told how, and nothing else is promoted': {
      tell: { call: 'migrate', with: ['production'], statuses: { 'await-migrations': [2], grep: [1] } },
      see: ({ done, answer }) => {
        same(done.slice(0, 2), ['await-migrations production', 'production migrations --schema schema --push']);
        match(
          done[2],
          /^tell [\s\S]*argocd app diff production-migrations, argocd app sync production-migrations/,
        );
        same([done.length, answer], [3, 'wait']);
      },
    },
    'the person who comes after 40 minutes, and after a failure, is waited for without an agent': {
      tell: { call: 'awaitPerson', with: ['production'], statuses: { 'await-migrations': [2, 1, 1, 0] } },
      see: ({ done, ended }) => {
        const look = ['sleep 10 MINUTES', 'agent', 'await-migrations production'];
        same(
          done.filter((each) => !each.startsWith('tell ')),
          [...look, ...look, ...look, ...look],
        );
        same(done.filter((each) => /^tell .*failed in production/.test(each)).length, 1);
        same(ended, 'well');
      },
    },
    'the person who comes after a day as well': {
      tell: {
        call: 'awaitPerson',
        with: ['production'],
        statuses: { 'await-migrations': [...Array(60).fill(2), 0] },
      },
      see: ({ done, ended }) => {
        const minutes = done.map((each) => Number(/^sleep (\d+) MINUTES$/.exec(each)?.[1] ?? 0));
        same([minutes.reduce((sum, each) => sum + each, 0) > 24 * 60, ended], [true, 'well']);
      },
    },
    'a proposal is of the migrations alone while they are due, and says what comes then': {
      tell: { call: 'propose', with: [], statuses: { 'await-migrations': [2] } },
      see: ({ done }) => {
        same(done[1], 'production migrations --schema schema --commit');
        match(
          done[2],
          /argocd app sync production-migrations.*npm run promote -- production web[\s\S]*--stable web/,
        );
      },
    },
    'the comment says where the preview is when it serves': {
      tell: { call: 'openPreview', with: [], statuses: {} },
      see: ({ done, ended, preview }) => {
        same([done, ended], [['preview open', 'await-preview'], 'well']);
        same(preview, 'Preview of tag: https://pr-CHANGE_ID.PREVIEWS');
      },
    },
    'as many previews as there may be are not a failure, and nothing is waited for': {
      tell: { call: 'openPreview', with: [], statuses: { 'preview open': [3] } },
      see: ({ done, ended, preview }) =>
        same([done, ended, preview], [['preview open'], 'well', 'No preview: 3 previews are open']),
    },
    'a preview that cannot be opened otherwise ends the build, and the comment says why': {
      tell: { call: 'openPreview', with: [], statuses: { 'preview open': [1] } },
      see: ({ done, ended, preview }) => {
        same(done, ['preview open']);
        same([ended, preview], Array(2).fill('No preview: 3 previews are open'));
      },
    },
    'so does one that does not become healthy': {
      tell: { call: 'openPreview', with: [], statuses: { 'await-preview': [2] } },
      see: ({ ended, preview }) => {
        match(preview, /is open and not healthy/);
        same(ended, preview);
      },
    },
  };
  console.log('what the Jenkinsfile does, with played steps');
  let told;
  test('runs', () => {
    told = groovy('flow.groovy', jenkinsfile, JSON.stringify(Object.values(stories).map(({ tell }) => tell)));
  });
  for (const [i, [sentence, { see }]] of Object.entries(stories).entries())
    test(sentence, () => see(told?.[i] ?? { done: [], ended: 'it did not run' }));
}
