# frozen_string_literal: true

# Counts are in Rails.cache, so in Redis and the same for all pods; each ends with its period. Without Redis nobody is
# refused.
class Rack::Attack
  # The address of the browser: the last in X-Forwarded-For that is not the load balancer's.
  address = ->(request) { ActionDispatch::Request.new(request.env).remote_ip }

  # A campus shares few addresses, so this stops machines and not students.
  throttle('requests by address', limit: 3000, period: 5.minutes, &address)

  # Devise's paths. Guessing passwords from one address, and of one person from many.
  sign_in = ->(request) { request.post? && request.path == '/users/sign_in' }
  throttle('sign-ins by address', limit: 20, period: 1.minute) { |request| address.call(request) if sign_in.call(request) }
  throttle('sign-ins by person', limit: 5, period: 1.minute) do |request|
    user = request.params['user'] if sign_in.call(request)
    user['email'].to_s.downcase.strip.presence if user.is_a?(Hash)
  end

  # Each sends a mail.
  throttle('mails by address', limit: 10, period: 1.hour) do |request|
    address.call(request) if request.post? && ['/users', '/users/password', '/users/confirmation'].include?(request.path)
  end

  self.throttled_responder = lambda do |request|
    period = request.env['rack.attack.match_data'].fetch(:period)
    [429, { 'content-type' => 'text/plain', 'retry-after' => period.to_s }, ["Too many requests, please wait a little.\n"]]
  end
end
