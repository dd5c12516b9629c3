# frozen_string_literal: true

module Platform
  # Answers the probes and the load balancer before anything else sees the request: their Host is the pod's address and
  # their scheme is http, so host authorization would refuse and the redirect to https mislead them; and as a trace or a
  # session of Sentry they would outnumber the requests by which a canary is judged. Neither the database nor Redis is
  # asked, because an outage of either must not restart every pod.
  class Health
    PATH = '/health'

    def initialize(app)
      @app = app
    end

    def call(env)
      return @app.call(env) unless env['PATH_INFO'] == PATH

      [200, { 'content-type' => 'text/plain', 'cache-control' => 'no-store' }, ["ok\n"]]
    end
  end
end
