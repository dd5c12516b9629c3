# frozen_string_literal: true

require Rails.root.join('lib/platform/scrubber')

Sentry.init do |config|
  config.dsn = ENV.fetch('SENTRY_DSN', nil).presence
  config.environment = ENV.fetch('SENTRY_ENVIRONMENT', Rails.env)
  config.enabled_environments = %w[production staging]
  # The tag of the image, unique per build: the canary is judged by the sessions of its release, and without one none is
  # sent. A session is a request; it is errored when an exception was not handled.
  config.release = ENV.fetch('SENTRY_RELEASE', nil).presence
  config.auto_session_tracking = true

  config.traces_sample_rate = Float(ENV.fetch('SENTRY_TRACES_SAMPLE_RATE', '0'))
  # A share of the requests that are traced; needs the gem stackprof.
  config.profiles_sample_rate = Float(ENV.fetch('SENTRY_PROFILES_SAMPLE_RATE', '0'))

  # No cookies, bodies, query strings or addresses; and of what is left no e-mail address.
  config.send_default_pii = false
  config.breadcrumbs_logger = %i[active_support_logger http_logger]
  scrubber = Platform::Scrubber.new(Rails.application.config.filter_parameters)
  config.before_send = ->(event, _hint) { scrubber.event(event) }
  config.before_send_transaction = ->(event, _hint) { scrubber.event(event) }
end
