# frozen_string_literal: true

require 'active_support/core_ext/integer/time'
require 'ipaddr'
require_relative '../../lib/platform/health'
require_relative '../../lib/platform/json_log'
require_relative '../../lib/platform/redis_settings'
require_relative '../../lib/platform/request_log'

# Production and staging: what differs between them comes from the environment. Nothing here needs a variable that the
# build of the image lacks, because assets:precompile reads this file too.
Rails.application.configure do
  host = ENV.fetch('APP_HOST', 'localhost')

  config.enable_reloading = false
  config.eager_load = true
  config.consider_all_requests_local = false
  config.action_controller.perform_caching = true
  config.i18n.fallbacks = true
  config.active_support.report_deprecations = false
  config.active_record.dump_schema_after_migration = false
  config.active_record.attributes_for_inspect = [:id]

  # -- Assets: from the CDN where there is one. Puma serves them as well, to the CDN's first request and in staging.
  config.asset_host = ENV.fetch('RAILS_ASSET_HOST', nil)
  config.public_file_server.enabled = ENV.key?('RAILS_SERVE_STATIC_FILES')
  config.public_file_server.headers = { 'cache-control' => 'public, max-age=3600' }

  # -- Hosts and TLS: it ends at the load balancer, which says so in X-Forwarded-Proto. Health is answered before both of
  # these (config/initializers/health.rb); the exceptions are for whoever moves that.
  health = ->(request) { request.path == Platform::Health::PATH }
  config.hosts = [host]
  config.host_authorization = { exclude: health }
  config.force_ssl = true
  config.ssl_options = { redirect: { exclude: health }, hsts: { expires: 1.year, subdomains: false } }

  # -- Who asks: the load balancer appends the address that it was asked from to X-Forwarded-For (`append`, its default).
  # Only this last one is believed: whatever stands before it, the browser wrote. Rails would skip what looks private, and
  # answer 500 to a header Client-IP that says something else, by which anybody could end a canary.
  config.action_dispatch.trusted_proxies = [IPAddr.new('127.0.0.1')]
  config.action_dispatch.ip_spoofing_check = false

  # -- Logs: one JSON object a line.
  output = ENV.key?('RAILS_LOG_TO_STDOUT') ? $stdout : Rails.root.join('log/production.log')
  config.logger = Platform::JsonLog.logger(output)
  config.log_level = ENV.fetch('RAILS_LOG_LEVEL', 'info')
  config.log_tags = [:request_id]
  config.middleware.swap Rails::Rack::Logger, Platform::RequestLog, config.log_tags
  Platform::RequestLog.subscribe

  # -- Cache: every entry ends, because Redis evicts none (noeviction: it would drop jobs). Without Redis, or when it is
  # full, the cache is empty and the page is slow.
  config.cache_store = :redis_cache_store,
                       { **Platform::RedisSettings.store, namespace: 'cache', expires_in: 1.hour }

  # -- Sessions: in Redis, until a week after the last request. Without Redis there is an error page: taken for an empty
  # session it would log everybody out. A full Redis still reads, so it logs nobody out, and lets nobody new in.
  refused = lambda do |exception:, **|
    raise exception unless exception.is_a?(Redis::OutOfMemoryError)

    Rails.logger.error(exception)
  end
  config.session_store :cache_store,
                       key: '_eren_session', expire_after: 7.days, secure: true, httponly: true, same_site: :lax,
                       cache: ActiveSupport::Cache::RedisCacheStore.new(
                         **Platform::RedisSettings.store, namespace: 'session', expires_in: 7.days,
                         error_handler: refused
                       )

  # -- Jobs: a queue for each purpose, as config/sidekiq.yml has them.
  config.active_job.queue_adapter = :sidekiq
  config.active_job.log_arguments = false
  config.action_mailer.deliver_later_queue_name = :mailers
  config.active_storage.queues.analysis = :maintenance
  config.active_storage.queues.purge = :maintenance
  config.active_storage.queues.mirror = :maintenance
  config.active_storage.queues.transform = :maintenance

  # -- Files: S3 where there is a bucket.
  config.active_storage.service = ENV.key?('UPLOADS_BUCKET') ? :amazon : :local

  # -- Mail: by SES, from Sidekiq alone: only its pods have the credentials and the open port, so mail is sent with
  # deliver_later. From a web pod it fails at once.
  # No mail leaves a preview, whatever its seeds and its people do.
  config.action_mailer.perform_deliveries = ENV['MAIL_DELIVERIES'] != 'off'
  config.action_mailer.perform_caching = false
  config.action_mailer.raise_delivery_errors = true
  config.action_mailer.default_url_options = { host: host, protocol: 'https' }
  config.action_mailer.asset_host = ENV.fetch('RAILS_ASSET_HOST', "https://#{host}")
  config.action_mailer.default_options = { from: ENV.fetch('MAIL_FROM', "E-Ren <no-reply@#{host}>") }
  config.action_mailer.delivery_method = :smtp
  config.action_mailer.smtp_settings = {
    address: ENV.fetch('SMTP_ADDRESS', 'localhost'),
    port: Integer(ENV.fetch('SMTP_PORT', '587')),
    user_name: ENV.fetch('SMTP_USERNAME', nil),
    password: ENV.fetch('SMTP_PASSWORD', nil),
    authentication: ENV.key?('SMTP_USERNAME') ? :login : nil,
    # Not `_auto`: without TLS the password is not sent.
    enable_starttls: true,
    open_timeout: 5,
    read_timeout: 15
  }
end
