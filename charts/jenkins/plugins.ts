/**
 * The design's seven plugins and those that the configuration needs, as Jenkins' own list of tested versions (its BOM of
 * August 2026) has them for this release of Jenkins.
 *
 * What they depend on is not listed: with `--latest=false` the installer takes the oldest version that these ask for,
 * which is the same one every time. A dependency that needs a newer one, for a security advisory, gets a line of its own.
 */
export const plugins = [
  'kubernetes:4540.v612369217f87',
  'workflow-aggregator:608.v67378e9d3db_1',
  'git:5.10.1',
  'github:1.47.0',
  'datadog:9.2.0',
  'credentials-binding:728.v902a_273b_8947',
  'docker-workflow:653.v2f2c08eff0ec',
  'configuration-as-code:2115.vf6de120eef70',
  'job-dsl:3732.v9a_c49a_61a_313',
  'github-branch-source:1983.vfa_27ed961853',
  'matrix-auth:3.3',
  'github-oauth:685.v53b_070455063',
] as const;

/** `plugins.txt`, as jenkins-plugin-cli reads it. */
export const pluginsFile = `${plugins.join('\n')}\n`;

/**
 * Puts the plugins on the volume of Jenkins, once per list: a restart with the same list needs no network. All are
 * downloaded beside the old ones before anything is replaced, so that an interrupted download leaves what worked.
 */
export const installPlugins = `set -eu
list=/etc/jenkins/plugins.txt
plugins=$JENKINS_HOME/plugins
if cmp -s "$list" "$plugins/.installed"; then
  echo 'The plugins are those of the list'
  exit 0
fi
rm -rf "$plugins.new"
mkdir "$plugins.new"
jenkins-plugin-cli --war /usr/share/jenkins/jenkins.war --plugin-file "$list" --plugin-download-directory "$plugins.new" \\
  --latest=false --verbose
cp "$list" "$plugins.new/.installed"
rm -rf "$plugins"
mv "$plugins.new" "$plugins"
`;
