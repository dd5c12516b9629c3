# frozen_string_literal: true

module Platform
  module Database
    # The name by which the app speaks to PgBouncer. It is nobody's role: PgBouncer logs in by another.
    POOL_ROLE = 'app'

    # Whether DATABASE_URL leads to the pool of the pod, where a connection is ours for one transaction only.
    def self.pooled?
      ENV.fetch('DATABASE_URL', '').match?(%r{\Apostgres(ql)?://#{POOL_ROLE}@})
    end
  end
end
