# frozen_string_literal: true

module Platform
  # One Redis for sessions, cache, rate limits, leaderboard and jobs; all of its clients connect alike.
  module RedisSettings
    # After three errors within five seconds the next ones come at once, for five seconds: a Redis that hangs costs a
    # request one wait, not one for each command.
    BREAKER = { error_threshold: 3, error_timeout: 5 }.freeze

    def self.options
      authority = ENV.fetch('REDIS_CA_FILE', '')
      {
        url: ENV.fetch('REDIS_URL', 'redis://127.0.0.1:6379/0'),
        # Only staging's certificate has an authority of its own; ElastiCache's is signed by Amazon.
        **(authority.empty? ? {} : { ssl_params: { ca_file: authority } })
      }
    end

    # For a store of Active Support.
    def self.store
      {
        **options,
        connect_timeout: 0.5, read_timeout: 0.5, write_timeout: 0.5, reconnect_attempts: 1, circuit_breaker: BREAKER,
        pool: { size: Integer(ENV.fetch('RAILS_MAX_THREADS', '5')), timeout: 1 }
      }
    end
  end
end
