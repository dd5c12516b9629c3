# frozen_string_literal: true

require 'active_support/parameter_filter'

module Platform
  # Takes out of an event what tells who somebody is, wherever it is: PostgreSQL repeats a value that is not unique in its
  # message, and a job has its arguments.
  class Scrubber
    ADDRESS = /[\w.+-]+@[\w-]+(\.[\w-]+)+/
    REPLACEMENT = '[email]'

    def self.text(value)
      value.to_s.scrub.gsub(ADDRESS, REPLACEMENT)
    end

    def initialize(filter_parameters)
      @parameters = ActiveSupport::ParameterFilter.new(filter_parameters)
    end

    def event(event)
      event.message = text(event.message) if event.respond_to?(:message=) && event.message
      event.extra = values(event.extra) if event.extra
      event.contexts = values(event.contexts) if event.contexts
      event.user = event.user&.slice(:id, 'id')
      exceptions(event).each { |exception| exception.value = text(exception.value) if exception.value }
      event.breadcrumbs&.each { |crumb| breadcrumb(crumb) if crumb }
      event.spans = values(event.spans) if event.respond_to?(:spans=)
      event
    end

    private

    def exceptions(event)
      event.respond_to?(:exception) && event.exception ? event.exception.values : []
    end

    def breadcrumb(crumb)
      crumb.message = text(crumb.message) if crumb.message
      crumb.data = values(crumb.data) if crumb.data
    end

    def values(value)
      deep(value.is_a?(Hash) ? @parameters.filter(value) : value)
    end

    def deep(value)
      case value
      when Hash then value.transform_values { |each| deep(each) }
      when Array then value.map { |each| deep(each) }
      when String then text(value)
      else value
      end
    end

    def text(value)
      self.class.text(value)
    end
  end
end
