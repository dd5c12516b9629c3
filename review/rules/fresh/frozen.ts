import { rule } from '../../rule-of';

export const deployedDuringFreeze = rule('frozen', function* ({ around }) {
  for (const [environment, said] of around?.frozen ?? [])
    yield {
      file: `charts/environments/freezes/${environment}.txt`,
      message: `${said}; what differs from the merge-base in dist/${environment} is deployed at the merge all the same`,
    };
});
