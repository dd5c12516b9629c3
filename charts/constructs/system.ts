import { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { SystemNames } from '../environments/system';

const key = 'system';

/** An App whose constructs know what system they are made for. */
export function systemApp(names: SystemNames): App {
  const app = new App();
  app.node.setContext(key, names);
  return app;
}

/** @throws Error when the construct is not in an App that `systemApp` made */
export function systemOf({ node }: IConstruct): SystemNames {
  return node.getContext(key);
}

/** The label by which everything of a system is found. */
export function systemLabel(construct: IConstruct): { readonly 'app.kubernetes.io/part-of': string } {
  return { 'app.kubernetes.io/part-of': systemOf(construct).name };
}
