# frozen_string_literal: true

# Pages of other sites read nothing of the API. A site that may is named, comma-separated, in CORS_ORIGINS.
Rails.application.config.middleware.insert_before 0, Rack::Cors do
  allow do
    origins "https://#{ENV.fetch('APP_HOST', 'localhost')}", *ENV.fetch('CORS_ORIGINS', '').split(',').map(&:strip)
    resource '/api/*', headers: :any, methods: %i[get head options post put patch delete], max_age: 600
  end
end
