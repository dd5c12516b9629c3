# frozen_string_literal: true

require Rails.root.join('lib/platform/metrics')

begin
  require 'datadog'
rescue LoadError => e
  raise unless e.path == 'datadog'

  # Without traces the second judge of a canary has no data, so the Rollout waits for a person.
  Rails.logger.warn('The gem datadog is missing: nothing is traced')
  return
end

# Host, port, env, service and version are read by the gem itself, from DD_AGENT_HOST, DD_TRACE_AGENT_PORT, DD_ENV,
# DD_SERVICE and DD_VERSION.
Datadog.configure do |config|
  config.logger.instance = Rails.logger
  # A laptop has no agent.
  config.tracing.enabled = false unless ENV.key?('DD_AGENT_HOST')
  # JsonLog writes the trace of a line as fields; the gem would add it to the text.
  config.tracing.log_injection = false
  config.tracing.instrument :rails
  config.tracing.instrument :active_record
  config.tracing.instrument :redis
  config.tracing.instrument :sidekiq
  config.tracing.instrument :http
end
