# frozen_string_literal: true

require 'fileutils'
require 'sidekiq/api'
require Rails.root.join('lib/platform/every')
require Rails.root.join('lib/platform/json_log')
require Rails.root.join('lib/platform/metrics')
require Rails.root.join('lib/platform/redis_settings')
require Rails.root.join('lib/platform/reliable_fetch')
require Rails.root.join('lib/platform/reliable_schedule')

# Its own logger, beside that of Rails.
Sidekiq.default_configuration.logger.formatter = Platform::JsonLog.new if Rails.env.production?

# Whoever enqueues: a Redis that is away or full is an error of that request, not a hang.
Sidekiq.configure_client do |config|
  config.redis = Platform::RedisSettings.options.merge(
    network_timeout: 1, pool_timeout: 1, circuit_breaker: Platform::RedisSettings::BREAKER
  )
end

# TSTP (preStop): no new job is begun. TERM: jobs have -t seconds to end; what has not goes back to its queue and starts
# again elsewhere, so a job must bear being run twice.
Sidekiq.configure_server do |config|
  config.redis = Platform::RedisSettings.options.merge(network_timeout: 5)

  # KILL: another process takes the jobs over, so none is lost.
  config[:fetch_class] = Platform::ReliableFetch
  config[:scheduled_enq] = Platform::ReliableSchedule
  config.death_handlers << ->(job, _error) { Platform::Metrics.job_dead(job['queue']) }

  config.on(:startup) do
    config.capsules.each_value { |capsule| capsule.fetcher.start }
    # Sidekiq's own thread for it ends for good when Redis refuses one command of its first seconds
    # (Sidekiq::Scheduled::Poller#initial_wait): no retry would run until the next deploy.
    schedule = Platform::ReliableSchedule.new(config)
    Platform::Every.run(10, 'schedule', config.logger) { schedule.enqueue_jobs }

    # What the probes look at, for a minute each time. Redis has no part in it: while it is away the process waits, and a
    # restart would not help.
    file = ENV.fetch('SIDEKIQ_HEARTBEAT_FILE') { Rails.root.join('tmp/sidekiq_heartbeat').to_s }
    FileUtils.mkdir_p(File.dirname(file))
    Platform::Every.run(10, 'heartbeat', config.logger) { FileUtils.touch(file) }

    queues = config.capsules.values.flat_map(&:queues).uniq
    Platform::Every.run(30, 'metrics', config.logger) do
      Platform::Metrics.report_queues(queues)
      Platform::Metrics.report_users
    end
  end
end
