import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct, IMixin } from 'constructs';
import { allow } from './allow';

/** Annotations for what stays, and the rule that asks for each: why it need not be here. */
const forGood: readonly (readonly [annotation: RegExp, rule?: string, reason?: string])[] = [
  [/^argocd\.argoproj\.io\/sync-options$/, 'prune-protected', 'goes with its pull request, and so does its data'],
  [/^(secret\.)?reloader\.stakater\.com\//, 'config-restart', 'its secrets are made once and never change'],
  [/^ad\.datadoghq\.com\//],
];

/** Takes from every object of an app what keeps it, so that all of it goes with its Application. */
export class Passing implements IMixin {
  public supports(construct: IConstruct): construct is ApiObject {
    return ApiObject.isApiObject(construct);
  }

  public applyTo(construct: IConstruct): void {
    if (!this.supports(construct)) return;
    const { metadata, spec } = construct.toJson();
    const places = { '/metadata': metadata, '/spec/template/metadata': spec?.template?.metadata };
    for (const [path, { annotations = {} } = {}] of Object.entries<any>(places))
      for (const name of Object.keys(annotations))
        for (const [pattern, rule, reason] of forGood) {
          if (!pattern.test(name)) continue;
          construct.addJsonPatch(JsonPatch.remove(`${path}/annotations/${name.replaceAll('/', '~1')}`));
          if (rule && reason) allow(construct, rule, reason);
        }
  }
}
