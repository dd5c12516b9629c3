import { assetMarks } from '../assets/marks';
import { containerResources } from '../constructs/resources';

/**
 * Ends when the CDN has the mark of this image, so that no page names a file that nobody can fetch. It waits only where the
 * CDN works and says that precisely this mark is missing: of a release that is new, until its upload is done or the canary's
 * deadline has passed. An image that has served before has its mark for good. When the CDN cannot be asked, S3 is down, or
 * nothing is public, the pod starts after a few seconds without an answer: the pages are then as good as those of every
 * other pod, and no rollback, no autoscaler and no lost node waits for S3.
 *
 * @param rails the app's container, whose environment has the address of the CDN and the version
 */
export function uploadedAssets<Container extends object>(rails: Container) {
  return {
    ...rails,
    name: 'uploaded-assets',
    command: ['ruby', '-rnet/http', '-e', ask],
    resources: containerResources({ cpu: '20m', memory: '64Mi', memoryLimit: '128Mi' }),
  };
}

/** S3 answers 403 for what is not there, because CloudFront may not list the bucket. */
const ask = `
cdn = URI(ENV.fetch("RAILS_ASSET_HOST"))
ask = lambda do |mark|
  Net::HTTP.start(cdn.host, cdn.port, use_ssl: true, open_timeout: 2, read_timeout: 2) do |http|
    http.head("/${assetMarks.folder}/#{mark}").code
  end
rescue StandardError => error
  error.class.name
end
$stdout.sync = true
version = ENV.fetch("DD_VERSION")
unclear = 0
told = nil
until (answer = ask.(version)) == "200"
  if %w[403 404].include?(answer) && ask.("${assetMarks.any}") == "200"
    unclear = 0
    puts "the assets of #{version} are not uploaded yet" unless told
    told = true
  elsif (unclear += 1) == 3
    puts "#{cdn} says #{answer}: starts without knowing whether the assets of #{version} are there"
    exit
  end
  sleep 2
end
`.trimStart();
