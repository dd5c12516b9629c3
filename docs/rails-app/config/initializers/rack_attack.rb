# frozen_string_literal: true

require Rails.root.join('lib/platform/metrics')

# Counts are in Rails.cache, so in Redis and the same for all pods; each ends with its period. Without Redis nobody is
# refused.
class Rack::Attack
  # The address of the browser, as the load balancer saw it: production.rb says which one is believed.
  address = ->(request) { ActionDispatch::Request.new(request.env).remote_ip }

  # Who is signed in, in whatever browsers, by what Devise keeps in the session; or else the session. A session that Redis
  # does not have is somebody's invention, and a new one for each request would never be refused: it counts by its address.
  person = lambda do |request|
    session = request.session
    next if session.empty?

    key = session['warden.user.user.key']
    key ? "user #{Array(key).flatten.first}" : "session #{session.id.private_id}"
  rescue StandardError => e
    # The page itself says what is wrong, if it needs the session.
    Rails.logger.warn("Not limited by person: #{e.class}: #{e.message}")
    nil
  end

  # Pages about the app itself are for development, where no load balancer adds this header. In front of us it answers 404
  # to these paths, letter by letter; to Rails //sidekiq is the same, and here as well.
  for_the_team = %r{\A/(?:sidekiq|rails/info|rails/mailers|metrics)(?:[/.]|\z)}i
  blocklist('for the team') do |request|
    request.has_header?('HTTP_X_FORWARDED_FOR') && for_the_team.match?(request.path)
  end
  self.blocklisted_responder = ->(_request) { [404, { 'content-type' => 'text/plain' }, ["Not found\n"]] }

  # Someone who opens a page every two seconds, each with ten requests, is not refused; a script is.
  throttle('requests by person', limit: Integer(ENV.fetch('LIMIT_REQUESTS_PERSON', '300')), period: 1.minute, &person)

  # Behind a handful of addresses is a whole campus, so this is several times what all of us ask for at the peak.
  throttle('requests by address', limit: Integer(ENV.fetch('LIMIT_REQUESTS_ADDRESS', '12000')), period: 1.minute, &address)

  # Before an event everybody signs in, from the same addresses. In a minute at most a fifth of them.
  people = Integer(ENV.fetch('LIMIT_PEOPLE', '1000'))

  # Devise's paths. Guessing the password of one person from many addresses, and of many from one.
  sign_in = ->(request) { request.post? && request.path == '/users/sign_in' }
  whose = lambda do |request|
    user = request.params['user']
    user['email'].to_s.downcase.strip.presence if user.is_a?(Hash)
  end
  throttle('sign-ins by person', limit: 5, period: 1.minute) { |request| whose.call(request) if sign_in.call(request) }
  throttle('sign-ins by address', limit: people / 5, period: 1.minute) { |request| address.call(request) if sign_in.call(request) }

  # Each sends a mail. On the first day everybody registers, from the same addresses.
  mail = ->(request) { request.post? && ['/users', '/users/password', '/users/confirmation'].include?(request.path) }
  throttle('mails by person', limit: 5, period: 1.hour) { |request| whose.call(request) if mail.call(request) }
  throttle('mails by address', limit: people, period: 1.hour) { |request| address.call(request) if mail.call(request) }

  self.throttled_responder = lambda do |request|
    period = request.env['rack.attack.match_data'].fetch(:period)
    [429, { 'content-type' => 'text/plain', 'retry-after' => period.to_s }, ["Too many requests, please wait a little.\n"]]
  end
end

# A limit that is too low is seen here, and on the dashboard, before anybody calls.
ActiveSupport::Notifications.subscribe('throttle.rack_attack') do |*, payload|
  env = payload[:request].env
  Rails.logger.warn("Refused: #{env['rack.attack.matched']}, #{env['rack.attack.match_discriminator']}")
  Platform::Metrics.request_refused(env['rack.attack.matched'])
end
