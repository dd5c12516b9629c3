# frozen_string_literal: true

processes = Integer(ENV.fetch('WEB_CONCURRENCY', '0'))
size = Integer(ENV.fetch('RAILS_MAX_THREADS', '5'))

port Integer(ENV.fetch('PORT', '3000'))
environment ENV.fetch('RAILS_ENV', 'development')
threads size, size
workers processes
preload_app! if processes.positive?

# Longer than the load balancer keeps an idle connection (60 s): if Puma closed first, a request that is just being sent
# on it would be answered with 502.
persistent_timeout 75

# After the preStop sleep of the pod; with it less than terminationGracePeriodSeconds, or the kernel cuts the last requests.
force_shutdown_after 15
worker_shutdown_timeout 20
