# frozen_string_literal: true

require 'rails/rack/logger'

module Platform
  # One line a request, when it has ended, instead of Rails' three.
  class RequestLog < ::Rails::Rack::Logger
    def self.subscribe
      ActiveSupport.on_load(:action_controller_base) { ActionController::LogSubscriber.detach_from(:action_controller) }
      ActiveSupport.on_load(:action_view) { ActionView::LogSubscriber.detach_from(:action_view) }
      ActiveSupport::Notifications.subscribe('process_action.action_controller') { |event| Rails.logger.info(line(event)) }
    end

    # Datadog's names; a duration is in nanoseconds. The path has no value of a filtered parameter.
    def self.line(event)
      payload = event.payload
      error = payload[:exception]&.first
      status = payload[:status] || ActionDispatch::ExceptionWrapper.status_code_for_exception(error)
      {
        message: "#{payload[:method]} #{payload[:path]} #{status}",
        http: { method: payload[:method], url_details: { path: payload[:path].split('?').first }, status_code: status },
        duration: (event.duration * 1_000_000).round,
        controller: "#{payload[:controller]}##{payload[:action]}",
        database_ms: payload[:db_runtime]&.round(1),
        view_ms: payload[:view_runtime]&.round(1),
        **(error ? { error: { kind: error, message: payload[:exception].last } } : {})
      }.compact
    end

    private

    # "Started GET …": nothing that the line at the end does not say.
    def started_request_message(_request); end
  end
end
