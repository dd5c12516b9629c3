# frozen_string_literal: true

module Platform
  # One Redis for sessions, cache, rate limits, leaderboard and jobs; all of its clients connect alike.
  module RedisSettings
    def self.options
      authority = ENV.fetch('REDIS_CA_FILE', '')
      {
        url: ENV.fetch('REDIS_URL', 'redis://127.0.0.1:6379/0'),
        # Only staging's certificate has an authority of its own; ElastiCache's is signed by Amazon.
        **(authority.empty? ? {} : { ssl_params: { ca_file: authority } })
      }
    end

    # For a store of Active Support. A Redis that hangs must cost a request a second, not a minute.
    def self.store
      {
        **options,
        connect_timeout: 1, read_timeout: 1, write_timeout: 1, reconnect_attempts: 1,
        pool: { size: Integer(ENV.fetch('RAILS_MAX_THREADS', '5')), timeout: 1 }
      }
    end
  end
end
