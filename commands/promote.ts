import { accept, type DeployOptions, deploy, deployCommand, exitWith } from './deploy';

deployCommand('promote', 'Makes an environment run an image: writes its image file and synthesizes.', [
  'npm run promote -- staging web <registry>/e-ren:4f2c9de-128@sha256:<64 hex digits>          to look at',
  'npm run promote -- production web <registry>/e-ren:4f2c9de-128@sha256:<64 hex digits> --push  a deploy',
])
  .argument('<image>', 'repository:tag@digest, as it was pushed')
  .action((environment: string, app: string, reference: string, options: DeployOptions) =>
    exitWith(async () => {
      const image = await accept(reference, options.allowRegistry);
      await deploy(
        {
          environment,
          app,
          image: async () => image,
          subject: ({ tag }) => `promote ${app} ${tag} to ${environment}`,
        },
        options,
      );
    }),
  )
  .parseAsync();
