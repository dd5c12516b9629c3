// Says what the programs of the cluster say when a test fails: afterwards their logs are gone.
import { TestEnvironment } from 'jest-environment-node';

export default class ClusterEnvironment extends TestEnvironment {
  handleTestEvent({ name, test, error }) {
    const failed = (name === 'test_done' && test.errors.length > 0) || (name === 'hook_failure' && error);
    if (!failed) return;
    for (const cluster of this.global.runningClusters ?? []) {
      const said = cluster.explain();
      if (said) process.stderr.write(`\nwhat the programs say:\n${said}\n\n`);
    }
  }
}
