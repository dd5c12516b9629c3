import { subdomain } from '../names';
import type { Field, FieldJudge } from './field';

/** Looks only at the names in CEL: what compiles is for a server to say. */
function expressions(spec: Field): void {
  const validations = spec.at('validations');
  if (validations.isEmpty && spec.at('auditAnnotations').isEmpty)
    validations.refuse('is required without auditAnnotations');
  const names = new Set<string>();
  const known = (expression: Field) => {
    for (const [, name = ''] of expression.text.matchAll(/\bvariables\.(\w+)/g))
      if (!names.has(name)) expression.refuse(`names variables.${name}, which is not declared before it`);
  };
  for (const variable of spec.at('variables').elements) {
    known(variable.at('expression'));
    const name = variable.at('name');
    if (!/^[A-Za-z_]\w*$/.test(name.text)) name.refuse(`${JSON.stringify(name.value)} is not a valid identifier`);
    names.add(name.text);
  }
  for (const each of [...validations.elements, ...spec.at('auditAnnotations').elements])
    for (const field of ['expression', 'messageExpression', 'valueExpression']) known(each.at(field));
}

function actions(spec: Field): void {
  const of = spec.at('validationActions');
  const all = of.elements.map(({ text }) => text);
  if (new Set(all).size < all.length) of.refuse('holds an action twice');
  if (all.includes('Deny') && all.includes('Warn')) of.refuse('cannot hold both Deny and Warn');
}

function policyRule(of: Field): void {
  const urls = of.at('nonResourceURLs');
  for (const field of ['apiGroups', 'resources'])
    if (urls.isEmpty && of.at(field).isEmpty) of.at(field).refuse('is required');
  if (!urls.isEmpty && ['apiGroups', 'resources', 'resourceNames'].some((field) => !of.at(field).isEmpty))
    urls.refuse('cannot be set together with resources');
}

function role(object: Field): void {
  for (const urls of object.at('rules').elements.map((rule) => rule.at('nonResourceURLs')))
    if (!urls.isEmpty) urls.refuse('can only be in a ClusterRole');
}

function clusterBinding(object: Field): void {
  const kind = object.at('roleRef', 'kind');
  if (kind.value === 'Role') kind.refuse('"Role" is none of ClusterRole');
  for (const subject of object.at('subjects').elements)
    if (subject.at('kind').value === 'ServiceAccount' && subject.at('namespace').isEmpty)
      subject.at('namespace').refuse('is required');
}

function subject(of: Field): void {
  const [name, group] = [of.at('name'), of.at('apiGroup')];
  const account = of.at('kind').value === 'ServiceAccount';
  const wrong = account && !name.isEmpty ? subdomain(name.text) : undefined;
  if (wrong) name.refuse(`${JSON.stringify(name.value)} ${wrong}`);
  const expected = account ? '' : 'rbac.authorization.k8s.io';
  if (!group.isEmpty && group.value !== expected)
    group.refuse(`is ${group.value}, must be ${expected || 'empty for a ServiceAccount'}`);
}

/** Pod Security's labels are read when the namespace is made. */
function namespace(object: Field): void {
  const levels = ['privileged', 'baseline', 'restricted'];
  for (const mode of ['enforce', 'audit', 'warn']) {
    const labels = object.at('metadata', 'labels');
    const [level, version] = [mode, `${mode}-version`].map((name) =>
      labels.at(`pod-security.kubernetes.io/${name}`),
    );
    if (level?.isSet && !levels.includes(level.text))
      level.refuse(`${JSON.stringify(level.value)} is none of ${levels.join(', ')}`);
    if (version?.isSet && !/^(latest|v1\.\d+)$/.test(version.text))
      version.refuse(`${JSON.stringify(version.value)} is neither latest nor v1.x`);
  }
}

/** Who may do what, and what is let in. */
export const accessJudges: Readonly<Record<string, FieldJudge>> = {
  'admissionregistration/ValidatingAdmissionPolicySpec': expressions,
  'admissionregistration/ValidatingAdmissionPolicyBindingSpec': actions,
  'core/Namespace': namespace,
  'rbac/PolicyRule': policyRule,
  'rbac/Role': role,
  'rbac/ClusterRoleBinding': clusterBinding,
  'rbac/Subject': subject,
};
