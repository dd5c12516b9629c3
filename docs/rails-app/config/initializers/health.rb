# frozen_string_literal: true

require Rails.root.join('lib/platform/health')

# Before everything else. Rack::Cors and Datadog put themselves first too, in files whose names come before this one's.
Rails.application.config.middleware.insert_before 0, Platform::Health
