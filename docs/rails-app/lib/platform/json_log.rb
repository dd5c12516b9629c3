# frozen_string_literal: true

require 'active_support'
require 'active_support/tagged_logging'
require 'json'
require 'time'
require_relative 'scrubber'

module Platform
  # One JSON object a line, with the names that Datadog's log pipeline knows, the trace that the line belongs to, and no
  # e-mail address.
  class JsonLog < ::Logger::Formatter
    include ActiveSupport::TaggedLogging::Formatter

    # For Rails: its log tags become a field, not a prefix of the text.
    def self.logger(output)
      output.sync = true if output.respond_to?(:sync=)
      ActiveSupport::Logger.new(output, formatter: new).extend(ActiveSupport::TaggedLogging)
    end

    def call(severity, time, _progname, message)
      return '' if message.nil?

      fields = { timestamp: time.utc.iso8601(3), level: severity.downcase, **content(message), **context }
      "#{Scrubber.text(JSON.generate(fields))}\n"
    rescue JSON::GeneratorError # Text that is not UTF-8.
      readable = message.to_s.dup.force_encoding('UTF-8').scrub
      "#{Scrubber.text(JSON.generate({ level: severity.downcase, message: readable }))}\n"
    end

    private

    def content(message)
      case message
      when Hash then message
      when Exception
        error = { kind: message.class.name, message: message.message, stack: message.backtrace&.join("\n") }
        { message: "#{message.class}: #{message.message}", error: error }
      else { message: message.to_s.strip }
      end
    end

    def context
      job = defined?(Sidekiq::Context) ? Sidekiq::Context.current : {}
      {
        **(current_tags.empty? ? {} : { tags: current_tags.dup }),
        **(job.empty? ? {} : { sidekiq: job }),
        **trace
      }
    end

    # The gem would put them into the text of every line; here they are the fields that Datadog looks for.
    def trace
      # Lines are written while the gem is still being loaded, too.
      loaded = defined?(Datadog::Tracing) && Datadog::Tracing.respond_to?(:correlation)
      return {} unless loaded && ENV.fetch('DD_LOGS_INJECTION', 'false') == 'true'

      Datadog::Tracing.correlation.to_h
    end
  end
end
