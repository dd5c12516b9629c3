import { disagreementsIn } from '../../balancer/agreement';
import { type Group, groupsOf, type Member, ownOf, portsOf, redirects, said } from '../../balancer/groups';
import { hiddenIn } from '../../balancer/routes';
import type { Manifest } from '../../model/tree';
import type { ObjectOffence } from '../../rule';
import { ofTree } from '../../rule-of';

/** In a message about another file. */
const place = (member: Member, manifest: Manifest = member.manifest) => `${member.name} (${manifest.file})`;

export const groupAgrees = ofTree('group-agrees', function* ({ tree }) {
  for (const group of groupsOf(tree)) {
    for (const { manifest, path, what, value, other } of disagreementsIn(group))
      yield {
        manifest,
        path,
        message: `${what} is ${show(value)} here, and ${show(other.value)} in ${place(other.member, other.manifest)}: group ${group.name} is refused`,
      };
    yield* redirectPort(group);
  }
});

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `ssl-redirect` is of every member, and needs a listener with TLS (buildSSLRedirectConfig). */
function* redirectPort(group: Group): Generator<ObjectOffence> {
  for (const member of group.members) {
    const redirect = said(member, 'ssl-redirect');
    if (!redirect || group.members.some((each) => portsOf(each).get(Number(redirect.value)) === 'HTTPS')) continue;
    const { value, manifest, path } = redirect;
    yield {
      manifest,
      path,
      message: `no member listens with TLS on port ${value}: group ${group.name} is refused`,
    };
  }
}

export const groupPaths = ofTree('group-paths', function* ({ tree }) {
  for (const group of groupsOf(tree)) {
    for (const { claim, by } of hiddenIn(group)) {
      const { member, backend, host, patterns } = claim;
      const same = by.member === member ? 'an earlier line' : `${place(by.member)}, which comes first,`;
      yield {
        manifest: member.manifest,
        path: backend.path.slice(0, -1),
        message: `${same} takes every request of ${host}${patterns[0]}`,
      };
    }
    for (const member of redirects(group) ? group.members : [])
      if (member.spec?.rules && portsOf(member).size > 0 && ![...portsOf(member).values()].includes('HTTPS'))
        yield {
          manifest: member.manifest,
          path: ownOf(member, 'listen-ports')?.path ?? ['spec', 'rules'],
          message: `listens on plain HTTP only, all of which group ${group.name} sends on to TLS: nothing leads to it`,
        };
  }
});

export const groupOrder = ofTree('group-order', function* ({ tree }) {
  for (const { members } of groupsOf(tree))
    for (const member of members) {
      const order = ownOf(member, 'group.order');
      const same =
        order?.value === member.order && members.find((each) => each !== member && each.order === member.order);
      if (same)
        yield {
          manifest: member.manifest,
          path: order?.path ?? [],
          message: `is ${member.order}, which is also the order of ${place(same)}`,
        };
    }
});
